import * as z from 'zod/mini'
import { isGiven } from '../domain/earlier-proofs.ts'
import {
  CurrentPassword,
  Email,
  LinkToken,
  Locale,
  Name,
  NewEmail,
  NewPassword,
  PastedText,
  Phone,
  TypedCode,
} from './fields.ts'

/** Requests of `/api/auth`: registration and mailed links first, then log-in, refresh and log-out. */

export const RegisterBody = z.object({
  email: NewEmail,
  password: NewPassword,
  name: z.nullish(Name),
  phone: z.nullish(Phone),
  locale: z.nullish(Locale),
})

export const FirstAdminBody = z.object({
  token: LinkToken,
  email: NewEmail,
  password: NewPassword,
  name: z.nullish(Name),
})

export const EmailBody = z.object({ email: Email })

export const TokenBody = z.object({ token: LinkToken })

export const TokenQuery = z.object({ token: LinkToken })

export const VerifyEmailBody = z.object({
  token: LinkToken,
  password: z.optional(CurrentPassword),
  require_proof: z.optional(z.boolean()),
})

export const ResetPasswordBody = z.object({ token: LinkToken, new_password: NewPassword })

export const ConfirmEmailBody = z.object({
  token: LinkToken,
  password: z.optional(CurrentPassword),
})

/** An empty form field counts as absent. */
const typedCode = () => z.nullish(TypedCode)

export const LoginBody = z
  .object({
    email: z.optional(PastedText),
    username: z.optional(PastedText),
    password: CurrentPassword,
    otp: typedCode(),
    remember: z.optional(z.boolean()),
    trust_device: z.optional(z.boolean()),
  })
  .check(
    z.refine((body) => body.email !== undefined || body.username !== undefined, {
      error: 'is required',
      path: ['email'],
    }),
  )

export const LoginCodeBody = z
  .object({
    challenge: z.optional(z.string().check(z.maxLength(512))),
    code: typedCode(),
    recovery_code: typedCode(),
    trust_device: z.optional(z.boolean()),
  })
  .check(
    z.refine(({ code, recovery_code }) => Boolean(code || recovery_code), { error: 'is required', path: ['code'] }),
  )

/** Text in base64url. It is decoded and verified later; here long texts are kept out. */
const Base64url = (longest: number) => z.string().check(z.regex(/^[\w-]*$/), z.maxLength(longest))

/** The id of a passkey: at most 1,023 bytes. */
export const CredentialId = Base64url(1364)

export const ClientDataJson = Base64url(4096)

/** What `navigator.credentials.get` returns, by `toJSON()`. */
export const AssertionCredential = z.object({
  id: CredentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: ClientDataJson,
    authenticatorData: Base64url(2048),
    signature: Base64url(1024),
    userHandle: z.nullish(Base64url(88)),
  }),
})

/** What `navigator.credentials.create` returns, by `toJSON()`. */
export const RegistrationCredential = z.object({
  id: CredentialId,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: ClientDataJson,
    attestationObject: Base64url(8192),
    transports: z.optional(z.array(z.string().check(z.maxLength(32))).check(z.maxLength(10))),
  }),
  clientExtensionResults: z.optional(z.object({ credProps: z.optional(z.object({ rk: z.optional(z.boolean()) })) })),
})

/** The link, and proofs from before a change of address. */
const earlierProof = () => ({
  token: LinkToken,
  password: z.optional(CurrentPassword),
  otp: typedCode(),
  credential: z.optional(AssertionCredential),
})

export const RevertEmailBody = z.object(earlierProof())

export const EndFreezeBody = z
  .object(earlierProof())
  .check(z.refine(isGiven, { error: 'is required', path: ['password'] }))

/** Made anew for each body, so that each body can describe it. */
const loginChallenge = () => z.optional(z.string().check(z.maxLength(512)))

export const RecoverFactorsBody = z.object({ challenge: loginChallenge() })

/** The challenge of a log-in by mail, which contains an address. */
const mailChallenge = () => z.optional(z.string().check(z.maxLength(600)))

export const MailLoginBody = z.object({
  email: Email,
  remember: z.optional(z.boolean()),
  challenge: mailChallenge(),
})

export const MailLoginCodeBody = z.object({ challenge: mailChallenge(), code: TypedCode.check(z.minLength(1)) })

export const MailLoginLinkBody = z.object({ challenge: mailChallenge(), token: LinkToken })

export const PasskeyChallengeBody = z.object({ challenge: loginChallenge(), second_step: z.optional(z.boolean()) })

export const PasskeyLoginBody = z.object({
  credential: AssertionCredential,
  challenge: loginChallenge(),
  second_step: z.optional(z.boolean()),
  remember: z.optional(z.boolean()),
  trust_device: z.optional(z.boolean()),
})

export const EnrolMailBody = z.object({ challenge: loginChallenge() })

export const EnrolOptionsBody = z.object({
  challenge: loginChallenge(),
  type: z.enum(['totp', 'passkey']),
  mail_code: typedCode(),
})

export const EnrolBody = z
  .object({
    challenge: loginChallenge(),
    enrolment: z.optional(z.string().check(z.minLength(1), z.maxLength(256))),
    code: z.optional(z.string().check(z.maxLength(32))),
    credential: z.optional(RegistrationCredential),
    name: z.nullish(Name),
  })
  .check(
    z.refine((body) => body.credential !== undefined || (body.enrolment !== undefined && body.code !== undefined), {
      error: 'is required',
      path: ['code'],
    }),
  )

/** Any text: wrong values are refused before the form is validated, because RFC 6749 §5.2 has a code for them. */
const grantType = () => z.optional(z.string())

/** OAuth 2.0's password form, so that "Authorize" in Swagger UI and clients made for FastAPI can log in. */
export const LoginForm = z.object({
  username: PastedText,
  password: CurrentPassword,
  otp: z.optional(TypedCode),
  grant_type: grantType(),
  scope: z.optional(z.string()),
})

const RefreshToken = z.string().check(z.minLength(1), z.maxLength(512))

export const RefreshBody = z.object({
  // `localStorage.getItem` returns null for a missing item.
  refresh_token: z.optional(z.nullable(RefreshToken)),
})

/**
 * OAuth 2.0's refresh (RFC 6749 §6). The cookie is not read for it: a form without a token is a mistake of the client.
 */
export const RefreshForm = z.object({ refresh_token: RefreshToken, grant_type: grantType() })

export const LogoutBody = z.object({
  refresh_token: z.optional(z.nullable(z.string().check(z.maxLength(512)))),
})

export const ReauthenticateBody = z
  .object({
    password: z.optional(CurrentPassword),
    otp: typedCode(),
    credential: z.optional(AssertionCredential),
    challenge: mailChallenge(),
    mail_code: z.optional(TypedCode.check(z.minLength(1))),
  })
  .check(
    z.refine((body) => body.password !== undefined || body.credential !== undefined || body.mail_code !== undefined, {
      error: 'is required',
      path: ['password'],
    }),
  )

export const TransportQuery = z.object({
  transport: z.optional(z.enum(['both', 'body', 'cookie'])),
})
