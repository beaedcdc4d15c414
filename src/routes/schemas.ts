import * as z from 'zod/mini'
import { faultOf, parseEmail, parseNewEmail } from '../domain/email.ts'
import { parsePhone } from '../domain/phone.ts'
import { isVisible, tidyName, trimmed } from '../domain/text.ts'

/**
 * What requests bring. The same schemas validate here and make the OpenAPI document, so their descriptions and examples
 * are the reference that clients read.
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
export const Email = emailRead(parseEmail).check(
  z.meta({
    // Not `email`, which allows ASCII alone: domains may be international.
    format: 'idn-email',
    description:
      'An e-mail address, at most 254 characters. Case does not distinguish accounts; white space around it does not count.',
    examples: ['ada@example.com'],
  }),
)

/** An address that an account is to get. */
export const NewEmail = emailRead(parseNewEmail).check(
  z.meta({
    format: 'idn-email',
    description:
      'An e-mail address, at most 254 characters. Case does not distinguish accounts; white space around it does not count. Before the `@` there may be no `%`, `!`, `|`, `` ` ``, `{`, `}` or `=?`, and no `-` or `/` at the beginning: mail servers read them differently.',
    examples: ['ada@example.com'],
  }),
)

/** Given to be compared with one on file: it may be older than today's rules, so only its size is checked. */
export const CurrentPassword = text.check(
  z.maxLength(4096),
  z.meta({
    format: 'password',
    description: 'The password as it was set.',
    examples: ['correct horse battery staple'],
  }),
)

export const NewPassword = text.check(
  z.meta({
    format: 'password',
    description:
      'At least `PASSWORD_MIN_LENGTH` (8) and at most 256 Unicode code points, of any kind; common passwords and ones made of the name, the address or the service are refused. Normalised to NFC, otherwise taken exactly as sent.',
    examples: ['correct horse battery staple'],
  }),
)

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
  z.meta({
    description:
      'As people call themselves, in any script: 1 to 100 characters, one of them visible. Kept in Unicode NFC, without white space around it.',
    examples: ['Ada Lovelace'],
  }),
)

export const Phone = z
  .pipe(
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
  .check(
    z.meta({
      description: 'Written internationally, with `+`, as in a contact or a `tel:` link; stored as E.164.',
      examples: ['+44 20 7946 0958'],
    }),
  )

export const RegisterBody = z
  .object({ email: NewEmail, password: NewPassword, name: z.nullish(Name), phone: z.nullish(Phone) })
  .check(z.meta({ id: 'Register' }))

export const ChangePasswordBody = z
  .object({ current_password: CurrentPassword, new_password: NewPassword })
  .check(z.meta({ id: 'ChangePassword' }))

export const ProfileBody = z
  .object({
    name: z.nullish(Name),
    phone: z.nullish(Phone),
    email: z.optional(Email),
    current_password: z.optional(CurrentPassword).check(
      z.meta({
        description: 'Full proof for a new `email`. Without it the current mailbox has to approve the change as well.',
      }),
    ),
  })
  .check(z.meta({ id: 'ProfileChange', description: 'What is left out stays as it is; `null` clears name or phone.' }))

export const DeleteAccountBody = z
  .object({
    current_password: z.optional(CurrentPassword).check(
      z.meta({
        description:
          'Full proof: the account is gone at once. Without it the account is disabled, and erased after some days.',
      }),
    ),
  })
  .check(z.meta({ id: 'DeleteAccount' }))

/** The id of a session: 128 random bits. Anything else names none, and is not looked up. */
export const SessionParam = z.object({ id: z.string().check(z.maxLength(64)) })
