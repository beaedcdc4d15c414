import * as z from 'zod'
import { parseEmail } from '../domain/email.ts'
import { parsePhone } from '../domain/phone.ts'

/**
 * What requests bring. The same schemas validate here and make the OpenAPI document, so their descriptions and examples
 * are the reference that clients read.
 */

/** Half a surrogate pair has no UTF-8 form: what is stored and hashed would differ from what was sent. */
const text = z.string().refine((value) => value.isWellFormed(), { error: 'contains half a surrogate pair' })

export const Email = text
  .max(254)
  .transform((value, ctx) => {
    const email = parseEmail(value)
    if (email) return email
    ctx.addIssue({ code: 'custom', params: { code: 'invalid_email' }, message: 'is not an e-mail address' })
    return z.NEVER
  })
  .meta({
    description: 'An e-mail address, at most 254 characters. Case does not distinguish accounts.',
    examples: ['ada@example.com'],
  })

/** Given to be compared with one on file: it may be older than today's rules, so only its size is checked. */
const CurrentPassword = text.max(4096).meta({
  description: 'The password as it was set.',
  examples: ['correct horse battery staple'],
})

const NewPassword = text.meta({
  description:
    'At least `PASSWORD_MIN_LENGTH` (8) and at most 256 Unicode code points, of any kind; common passwords and ones made of the name, the address or the service are refused. Normalised to NFC, otherwise taken exactly as sent.',
  examples: ['correct horse battery staple'],
})

export const Name = text
  .min(1, { error: 'is empty', abort: true })
  .max(400)
  .refine((value) => [...value].length <= 100, { error: 'is longer than 100 characters' })
  .refine((value) => value.trim() !== '', { error: 'is empty' })
  .refine((value) => !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(value), {
    error: 'contains control characters',
  })
  .meta({ description: 'As people call themselves, in any script: 1 to 100 characters.', examples: ['Ada Lovelace'] })

export const Phone = text
  .min(1)
  .max(40)
  .transform(async (value, ctx) => {
    const phone = await parsePhone(value)
    if (phone) return phone
    ctx.addIssue({ code: 'custom', params: { code: 'invalid_phone' }, message: 'is not an international phone number' })
    return z.NEVER
  })
  .meta({ description: 'Written internationally, with `+`; stored as E.164.', examples: ['+44 20 7946 0958'] })

export const RegisterBody = z
  .object({ email: Email, password: NewPassword, name: Name.nullish(), phone: Phone.nullish() })
  .meta({ id: 'Register' })

export const LoginBody = z
  .object({
    email: text
      .max(254)
      .optional()
      .meta({ description: 'The e-mail address.', examples: ['ada@example.com'] }),
    username: text.max(254).optional().meta({ description: 'The e-mail address, by the name OAuth2 gives it.' }),
    password: CurrentPassword,
  })
  .refine((body) => body.email !== undefined || body.username !== undefined, { error: 'is required', path: ['email'] })
  .meta({ id: 'Login' })

/** OAuth 2.0's password form, so that "Authorize" in Swagger UI and FastAPI's clients can log in. */
export const LoginForm = z
  .object({
    username: text.max(254).meta({ description: 'The e-mail address.', examples: ['ada@example.com'] }),
    password: CurrentPassword,
    grant_type: z.string().optional(),
    scope: z.string().optional(),
  })
  .meta({ id: 'LoginForm' })

const RefreshToken = z.string().min(1).max(512)

export const RefreshBody = z
  .object({ refresh_token: RefreshToken.optional().meta({ description: 'Left out, the cookie is read.' }) })
  .meta({ id: 'Refresh' })

export const LogoutBody = z
  .object({ refresh_token: z.string().max(512).optional().meta({ description: 'Ends the session it names.' }) })
  .meta({ id: 'Logout' })

const LinkToken = z.string().min(1).max(256).meta({ description: 'The token from the link in the mail.' })

export const TokenBody = z.object({ token: LinkToken }).meta({ id: 'LinkToken' })

export const TokenQuery = z.object({ token: LinkToken })

export const EmailBody = z.object({ email: Email }).meta({ id: 'EmailOnly' })

export const ResetPasswordBody = z.object({ token: LinkToken, new_password: NewPassword }).meta({ id: 'ResetPassword' })

export const ReauthenticateBody = z.object({ password: CurrentPassword }).meta({ id: 'Reauthenticate' })

export const ChangePasswordBody = z
  .object({ current_password: CurrentPassword, new_password: NewPassword })
  .meta({ id: 'ChangePassword' })

export const ProfileBody = z
  .object({
    name: Name.nullish(),
    phone: Phone.nullish(),
    email: Email.optional(),
    current_password: CurrentPassword.optional().meta({
      description: 'For a new `email`, unless the password was given within the last 15 minutes.',
    }),
  })
  .meta({ id: 'ProfileChange', description: 'What is left out stays as it is; `null` clears name or phone.' })

export const DeleteAccountBody = z
  .object({
    current_password: CurrentPassword.optional().meta({
      description: 'Unless the password was given within the last 15 minutes.',
    }),
  })
  .meta({ id: 'DeleteAccount' })

/** The id of a session: 128 random bits. Anything else names none, and is not looked up. */
export const SessionParam = z.object({ id: z.string().max(64) })

export const TransportQuery = z.object({
  transport: z.enum(['both', 'body', 'cookie']).optional().meta({
    description:
      'Where the tokens travel: in the body and as cookies (`both`, the default), in the `body` alone, or as `cookie`s alone. The setting `TOKEN_TRANSPORT` may narrow it.',
  }),
})
