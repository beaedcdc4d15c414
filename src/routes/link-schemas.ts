import * as z from 'zod/mini'
import { CurrentPassword, Email, NewPassword } from './schemas.ts'

/** What the links of mails bring, and what is sent along with their tokens. */

const LinkToken = z
  .string()
  .check(z.minLength(1), z.maxLength(256), z.meta({ description: 'The token from the link in the mail.' }))

export const TokenBody = z.object({ token: LinkToken }).check(z.meta({ id: 'LinkToken' }))

const LinkPassword = z.optional(CurrentPassword)

export const ConfirmEmailBody = z
  .object({
    token: LinkToken,
    password: LinkPassword.check(
      z.meta({ description: "The account's password: needed where the request comes from no session of the account." }),
    ),
  })
  .check(z.meta({ id: 'ConfirmEmail' }))

export const RevertEmailBody = z
  .object({
    token: LinkToken,
    password: LinkPassword.check(
      z.meta({
        description: 'The password that was valid before the change. Left out, the account is frozen for 72 hours.',
      }),
    ),
  })
  .check(z.meta({ id: 'RevertEmailChange' }))

export const EndFreezeBody = z
  .object({
    token: LinkToken,
    password: CurrentPassword.check(z.meta({ description: 'The password that was valid before the change.' })),
  })
  .check(z.meta({ id: 'EndFreeze' }))

export const VerifyEmailBody = z
  .object({
    token: LinkToken,
    password: z.optional(CurrentPassword).check(
      z.meta({
        description: 'The one that the address was registered with. It is checked where it is sent.',
        examples: ['correct horse battery staple'],
      }),
    ),
    require_proof: z.optional(z.boolean()).check(
      z.meta({
        description:
          'For a page: `true` where the link alone is not to be enough. Then `password` is needed, unless the cookie `registered` says that this browser registered the address.',
      }),
    ),
  })
  .check(z.meta({ id: 'VerifyEmail' }))

export const TokenQuery = z.object({ token: LinkToken })

export const EmailBody = z.object({ email: Email }).check(z.meta({ id: 'EmailOnly' }))

export const ResetPasswordBody = z
  .object({ token: LinkToken, new_password: NewPassword })
  .check(z.meta({ id: 'ResetPassword' }))
