import * as auth from '../routes/auth-schemas.ts'
import { body } from './describing.ts'
import { appName } from './descriptions.ts'

/** Descriptions of the requests of a log-in that adds a second factor. */

const enrolment = {
  challenge: { description: 'From the reply to the step before. If omitted, the cookie `login` is read.' },
}
body(auth.EnrolMailBody, 'MailEnrolmentCode', enrolment)
body(auth.EnrolOptionsBody, 'BeginEnrolment', {
  ...enrolment,
  type: { description: 'One of the `methods` of the log-in.' },
  mail_code: {
    description:
      'The mailed code; spaces are ignored. Needed once: afterwards, the `challenge` of the reply stands for it.',
    examples: ['40719266'],
  },
})
body(auth.EnrolBody, 'Enrol', {
  ...enrolment,
  enrolment: { description: 'The enrolment that came with the seed of the app.' },
  code: { description: 'The code that the app shows now; spaces are ignored.', examples: ['287082'] },
  name: { ...appName, description: 'A name that tells the factors of a user apart.' },
})
