import * as z from 'zod/mini'
import { faultOf, parseEmail, parseNewEmail } from '../domain/email.ts'
import { parsePhone } from '../domain/phone.ts'
import { isVisible, tidyName, trimmed } from '../domain/text.ts'

/**
 * What the members of several bodies hold. The schemas of `auth-schemas.ts`, `user-schemas.ts` and `admin-schemas.ts` validate
 * requests and make the OpenAPI document, in which src/openapi/descriptions.ts says what they mean.
 */

/** Half a surrogate pair has no UTF-8 form: what is stored and hashed would differ from what was sent. */
const text = z.string().check(z.refine((value) => value.isWellFormed(), { error: 'contains half a surrogate pair' }))

const refuse = (ctx: z.core.ParsePayload, code: string, message: string): never => {
  ctx.issues.push({ code: 'custom', input: ctx.value, params: { code }, message })
  return z.NEVER
}

/** What comes along with a pasted address is no part of it, and does not count. */
export const PastedText = text.check(z.overwrite(trimmed), z.maxLength(254))

const emailRead = (read: typeof parseEmail) =>
  z.pipe(
    PastedText,
    z.transform((value, ctx) => read(value) ?? refuse(ctx, 'invalid_email', faultOf(value))),
  )

/** Any address that may be on file. */
export const Email = emailRead(parseEmail)

/** An address that an account is to get. */
export const NewEmail = emailRead(parseNewEmail)

/** Given to be compared with one on file: it may be older than today's rules, so only its size is checked. */
export const CurrentPassword = text.check(z.maxLength(4096))

/** Its rules need the account, so that the domain has them. */
export const NewPassword = text

/** An empty text says neither "remove it" nor "leave it": both have a way of their own. */
const empty = 'is empty: leave it out, or send null for none'

export const Name = text.check(
  z.overwrite(tidyName),
  z.minLength(1, { error: empty, abort: true }),
  z.maxLength(400, { error: 'is longer than 100 characters' }),
  z.refine((value) => [...value].length <= 100, { error: 'is longer than 100 characters' }),
  z.refine((value) => !/[\p{Cc}\p{Noncharacter_Code_Point}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(value), {
    error: 'contains control characters',
    abort: true,
  }),
  z.refine(isVisible, { error: 'has nothing in it that can be seen' }),
)

export const Phone = z.pipe(
  text.check(
    z.minLength(1, { error: empty, abort: true }),
    z.maxLength(80, { error: 'is too long for a phone number' }),
  ),
  z.transform(
    async (value, ctx) =>
      (await parsePhone(value)) ??
      refuse(ctx, 'invalid_phone', 'is not an international phone number: + and the code of the country come first'),
  ),
)

/** The token of a link in a mail. */
export const LinkToken = z.string().check(z.minLength(1), z.maxLength(256))
