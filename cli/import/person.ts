import { isAmbiguous, parseEmail } from '../../src/domain/email.ts'
import { Name, Phone } from '../../src/routes/fields.ts'
import type { Columns, Values } from './columns.ts'
import { hashOf, type Passwords } from './hashes/hash-of.ts'
import { kindOf } from './hashes/unusable.ts'
import type { Fields } from './reading/entry.ts'
import { type AdminRule, isAdmin } from './roles.ts'
import { type State, stateOf, strictest } from './states.ts'
import { isYes, timeOf } from './values.ts'

/** A user as the table has one, but for the id and the time of the import. */
export type Person = {
  email: string
  emailCanonical: string
  password: string | null
  name: string | null
  phone: string | null
  role: 'user' | 'admin'
  status: 'active' | 'disabled'
  emailVerifiedAt: Date | null
  avatar: string | null
  createdAt: Date
  lastLoginAt: Date | null
}

/** Something that does not come along, or does though it would be refused of a request, and why. Never its value. */
export type Note = { field: string; why: string; kept?: true }

/** What is understood of an entry besides the person. */
export type Reading = {
  notes: Note[]
  /** Of what kind the hash is: see `kindOf`. Undefined: there is none. */
  hash: { kind: string; why?: string } | undefined
  /** Words of a state that nobody knows; the person is disabled then. */
  unknown: { column: string; word: string }[]
}

export type Options = Passwords & {
  columns: Columns
  /** Takes every address for verified. */
  verified: boolean
  admins: AdminRule[]
  /** What words of a state mean besides those that are known. */
  states: Map<string, State>
  now: Date
}

const text = (value: unknown) => (typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '')

/** RFC 3966 §3: `tel:+44-20-7946-0958`, with parameters behind a semicolon. */
const telephone = (value: unknown) =>
  text(value)
    .trim()
    .replace(/^tel:/i, '')
    .replace(/;phone-context=[^;]*$/i, '')

/**
 * A picture stays where it is: the profile names its address. Not one whose path is like those of our own pictures at
 * Cloudinary: it would be removed there with the user, and might be somebody else's.
 */
const pictureOf = (value: unknown): string | undefined => {
  const url = URL.parse(text(value))
  if (url?.protocol !== 'https:' || url.username || url.password || url.href.length > 2048) return
  return /\/avatars\/[A-Za-z0-9_-]{22}\.webp$/.test(url.pathname) ? undefined : url.href
}

/**
 * What the file says, by the rules that everybody's input meets: those of src/routes/fields.ts.
 * @param fields as the source's `flatten` makes them
 */
export const personOf = async (
  fields: Fields,
  options: Options,
): Promise<({ person: Person } & Reading) | { refused: Note }> => {
  const { columns, verified, admins, states, now } = options
  const values = columns.valuesOf(fields)
  const notes: Note[] = []
  const leaveOut = (field: string, why: string) => {
    notes.push({ field, why })
    return null
  }

  const said = values.states.map(({ name, kind, value }) => ({ name, value, state: stateOf(kind, value, states, now) }))
  const state = strictest(said.map(({ state }) => state))
  if (state === 'deleted') return { refused: { field: 'deleted', why: 'was deleted where it comes from' } }
  const email = emailOf(values)
  if (!email)
    return { refused: { field: 'email', why: values.email === undefined ? 'is missing' : 'is not an e-mail address' } }
  if (isAmbiguous(email))
    notes.push({
      field: 'email',
      why: 'is read otherwise by some mail servers: no new account gets one like it',
      kept: true,
    })

  const timeAt = (field: 'created_at' | 'last_login_at') => {
    if (values[field] === undefined) return null
    return timeOf(values[field], now) ?? leaveOut(field, 'is not a time that has passed')
  }
  const createdAt = timeAt('created_at') ?? now
  const verifiedAt = timeOf(values.email_verified, now)
  const hash = hashOf(values.password, fields, options)
  const why = 'why' in hash ? hash.why : undefined
  return {
    person: {
      email: email.address,
      emailCanonical: email.canonical,
      password: 'stored' in hash ? hash.stored : why ? leaveOut('password', why) : null,
      name: nameOf(values, leaveOut),
      phone: await phoneOf(values, leaveOut),
      role: isAdmin(fields, admins) ? 'admin' : 'user',
      status: state === 'active' ? 'active' : 'disabled',
      emailVerifiedAt: verifiedAt ?? (verified || isYes(values.email_verified) ? createdAt : null),
      avatar:
        values.avatar_url === undefined
          ? null
          : (pictureOf(values.avatar_url) ?? leaveOut('avatar_url', 'is not an https address that can be kept')),
      createdAt,
      lastLoginAt: timeAt('last_login_at'),
    },
    notes,
    hash: 'none' in hash ? undefined : { kind: kindOf(hash.written ?? ''), ...(why !== undefined && { why }) },
    unknown: said
      .filter(({ state }) => state === 'unknown')
      .map(({ name, value }) => ({
        column: name,
        word: typeof value === 'object' ? 'an object' : String(value).slice(0, 30),
      })),
  }
}

/** Any that may be on file, so not by the rules for new ones. */
const emailOf = (values: Values) => {
  const given = text(values.email)
  return given.isWellFormed() ? parseEmail(given) : undefined
}

type LeaveOut = (field: string, why: string) => null

const nameOf = (values: Values, leaveOut: LeaveOut) => {
  const parts = [values.first_name, values.last_name].map(text)
  const name = (text(values.name) || parts.join(' ')).trim()
  if (name === '') return null
  const parsed = Name.safeParse(name)
  return parsed.success ? parsed.data : leaveOut('name', parsed.error.issues[0]!.message)
}

const phoneOf = async (values: Values, leaveOut: LeaveOut) => {
  const phone = telephone(values.phone)
  if (phone === '') return null
  const parsed = await Phone.safeParseAsync(phone)
  return parsed.success ? parsed.data : leaveOut('phone', 'is not an international phone number')
}
