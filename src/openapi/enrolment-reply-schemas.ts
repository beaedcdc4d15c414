import * as z from 'zod'
import { EnrolmentReply, PasskeyCreationReply, RecoveryCodes, signalMembers } from './factor-reply-schemas.ts'
import { SessionReply, Warnings } from './reply-schemas.ts'

/** The replies to a log-in that adds a second factor, and an example of their challenges. */

const NextChallenge = z.string().optional().meta({
  description: 'For the next step, instead of the one that was sent. Absent if it is the cookie `login`.',
})

export const EnrolMailReply = z
  .object({
    message: z.string(),
    challenge: NextChallenge,
    expires_in: z.int().meta({ description: 'Seconds for which the code is valid.', examples: [600] }),
    warnings: Warnings,
  })
  .meta({ id: 'EnrolmentCodeMailed' })

export const EnrolOptionsReply = EnrolmentReply.partial()
  .extend({
    challenge: NextChallenge,
    public_key: PasskeyCreationReply.shape.public_key.optional(),
    expires_in: z.int().meta({ examples: [600] }),
    warnings: Warnings,
  })
  .meta({
    id: 'EnrolmentBegun',
    description: 'With `type: totp`, all members of an enrolment; with `type: passkey`, `public_key`.',
  })

export const EnrolledSessionReply = SessionReply.extend({
  recovery_codes: RecoveryCodes,
  rp_id: signalMembers.rp_id.optional(),
  user_handle: signalMembers.user_handle.optional(),
  accepted_credentials: signalMembers.accepted_credentials.optional(),
}).meta({ id: 'EnrolledSession', description: 'The last three members come with a passkey.' })

/**
 * Challenges of an enrolment, by what they say about the mailbox: nothing is known, a mail is on its way, it is proven.
 */
export const enrolmentChallenge = {
  first: `1.019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c.r.mhvp1q9c.--------.a.${'d'.repeat(22)}.${'m'.repeat(43)}`,
  next: `1.019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c.r.mhvp1vzz.--------.m${'l'.repeat(22)}.${'d'.repeat(22)}.${'m'.repeat(43)}`,
  proven: `1.019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c.r.mhvp2a01.--------.p.${'d'.repeat(22)}.${'m'.repeat(43)}`,
}
