import * as z from 'zod/mini'
import { CurrentPassword, Email, NewPassword } from './schemas.ts'

/** What the links of mails bring, and what is sent along with their tokens. */

export const LinkToken = z.string().check(z.minLength(1), z.maxLength(256))

export const TokenBody = z.object({ token: LinkToken })

export const ConfirmEmailBody = z.object({
  token: LinkToken,
  password: z.optional(CurrentPassword),
})

export const RevertEmailBody = z.object({
  token: LinkToken,
  password: z.optional(CurrentPassword),
})

export const EndFreezeBody = z.object({
  token: LinkToken,
  password: CurrentPassword,
})

export const VerifyEmailBody = z.object({
  token: LinkToken,
  password: z.optional(CurrentPassword),
  require_proof: z.optional(z.boolean()),
})

export const TokenQuery = z.object({ token: LinkToken })

export const EmailBody = z.object({ email: Email })

export const ResetPasswordBody = z.object({ token: LinkToken, new_password: NewPassword })
