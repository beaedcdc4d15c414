import * as auth from '../routes/auth-schemas.ts'
import * as user from '../routes/user-schemas.ts'
import { body, say } from './describing.ts'
import { fullProof, trustDevice } from './descriptions.ts'

/** Descriptions of the requests about passkeys. */

say(auth.AssertionCredential, {
  id: 'PasskeyAssertion',
  description: 'What `navigator.credentials.get` returned, by `toJSON()`. Further members are ignored.',
})
const keyName = { description: 'A name that tells the passkeys of a user apart.', examples: ['Key in the drawer'] }
body(user.PasskeyOptionsBody, 'BeginPasskey', {
  security_key: { description: '`true` for a key that is a second factor only, and need not verify its user.' },
})
body(user.AddPasskeyBody, 'AddPasskey', { ...fullProof, name: keyName })
body(user.RenamePasskeyBody, 'RenamePasskey', { name: keyName })
const firstStep = {
  challenge: { description: 'The `challenge` of a log-in by password: the passkey is its second factor.' },
  second_step: { description: '`true` if that challenge came as the cookie `login`.' },
}
body(auth.RecoverFactorsBody, 'RecoverFactors', {
  challenge: { description: 'From the reply to the first step of a log-in. If omitted, the cookie `login` is read.' },
})
body(auth.PasskeyChallengeBody, 'BeginPasskeyLogIn', firstStep)

const remember = {
  description:
    '`false` on a shared computer: cookies without `Max-Age`, and a session that ends after 12 hours without a refresh. In a second step, the choice of the first step applies.',
  examples: [false],
}
body(auth.PasskeyLoginBody, 'PasskeyLogIn', { ...firstStep, remember, trust_device: trustDevice })

const mailChallenge = {
  description: 'From the reply to the request for the mail. If omitted, the cookie `login` is read.',
}
body(auth.MailLoginBody, 'MailLogin', {
  remember: { description: '`false` on a shared computer, as at log-in by password.', examples: [false] },
  challenge: { description: 'From an earlier request of this browser: the code of that mail still counts.' },
})
body(auth.MailLoginCodeBody, 'MailLoginCode', {
  challenge: mailChallenge,
  code: { description: 'The code of the mail. Spaces do not matter.', examples: ['12345678'] },
})
body(auth.MailLoginLinkBody, 'MailLoginLink', { challenge: mailChallenge })
