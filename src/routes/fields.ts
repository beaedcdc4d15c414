import * as z from 'zod/mini'
import { faultOf, parseEmail, parseNewEmail } from '../domain/email.ts'
import { isLanguageTag, lookUp } from '../domain/languages.ts'
import { metadataFault } from '../domain/metadata.ts'
import type { Metadata as UserMetadata } from '../domain/model.ts'
import { parsePhone } from '../domain/phone.ts'
import { isVisible, tidyName, trimmed } from '../domain/text.ts'

/**
 * Members that several bodies share. The schemas of `auth-schemas.ts`, `user-schemas.ts` and `admin-schemas.ts`
 * validate requests and generate the OpenAPI document; src/openapi/descriptions.ts adds their descriptions there.
 */

/** Half a surrogate pair has no UTF-8 form: the stored and hashed text would differ from what was sent. */
const text = z.string().check(z.refine((value) => value.isWellFormed(), { error: 'contains an unpaired surrogate' }))

const refuse = (ctx: z.core.ParsePayload, code: string, message: string): never => {
  ctx.issues.push({ code: 'custom', input: ctx.value, params: { code }, message })
  return z.NEVER
}

/** White space around a pasted address is removed and does not count towards its length. */
export const PastedText = text.check(z.overwrite(trimmed), z.maxLength(254))

const emailRead = (read: typeof parseEmail) =>
  z.pipe(
    PastedText,
    z.transform((value, ctx) => read(value) ?? refuse(ctx, 'invalid_email', faultOf(value))),
  )

/** Any address that may be on file. */
export const Email = emailRead(parseEmail)

/** An address for a new account or a change of address. */
export const NewEmail = emailRead(parseNewEmail)

/** A password to compare with the one on file. It may be older than today's rules, so only its size is checked. */
export const CurrentPassword = text.check(z.maxLength(4096))

/** A code of an authenticator app or a recovery code, as somebody typed or pasted it. */
export const TypedCode = text.check(
  z.overwrite(trimmed),
  z.maxLength(100),
  z.refine((value) => !/\p{Cc}/u.test(value), { error: 'contains control characters' }),
)

/** The rules for a new password depend on the account, so the domain checks them. */
export const NewPassword = text

/** An empty text is ambiguous: omitting a member means "leave it", and null means "remove it". */
const empty = 'is empty: leave it out, or send null to clear it'

export const Name = text.check(
  z.overwrite(tidyName),
  z.minLength(1, { error: empty, abort: true }),
  z.maxLength(400, { error: 'is longer than 100 characters' }),
  z.refine((value) => [...value].length <= 100, { error: 'is longer than 100 characters' }),
  z.refine((value) => !/[\p{Cc}\p{Noncharacter_Code_Point}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(value), {
    error: 'contains control characters',
    abort: true,
  }),
  z.refine(isVisible, { error: 'has no visible characters' }),
)

export const Phone = z.pipe(
  text.check(
    z.minLength(1, { error: empty, abort: true }),
    z.maxLength(80, { error: 'is too long for a phone number' }),
  ),
  z.transform(
    async (value, ctx) =>
      (await parsePhone(value)) ??
      refuse(ctx, 'invalid_phone', 'is not an international phone number: begin with + and the country code'),
  ),
)

/**
 * A language as clients name it, such as `de-AT`. The result is the closest language of the service, or null if none
 * fits.
 */
export const Locale = z.pipe(
  z.string().check(z.maxLength(35)),
  z.transform((value, ctx) =>
    isLanguageTag(value)
      ? (lookUp(value) ?? null)
      : refuse(ctx, 'invalid_locale', 'is not a language tag such as pt-BR'),
  ),
)

/** A user's id in another system. Not longer than OpenID Connect allows for `sub`, and fit for a header. */
export const ExternalId = z
  .string()
  .check(z.regex(/^[!-~]{1,255}$/, { error: 'must be 1 to 255 ASCII characters without spaces' }))

/** Checked by our own code: zod would drop some members of an object silently. */
export const Metadata = z.pipe(
  z.unknown(),
  z.transform((value, ctx): UserMetadata => {
    const fault = metadataFault(value)
    return fault ? refuse(ctx, 'invalid_metadata', fault) : (value as UserMetadata)
  }),
)

/** The token of a mailed link. */
export const LinkToken = z.string().check(z.minLength(1), z.maxLength(256))
