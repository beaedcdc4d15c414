import { parseEmail } from '../../src/domain/email.ts'
import { Name, Phone } from '../../src/routes/fields.ts'
import { isAmbiguous } from '../lib/ambiguous.ts'
import { type Mapping, type Values, valuesOf } from './columns.ts'
import { type FirebaseConfig, hashOf } from './hashes/hash-of.ts'
import type { Fields } from './records.ts'
import { type Source, type SourceName, sources } from './sources.ts'
import { isSet, isYes, timeOf } from './values.ts'

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

export type Options = {
  source: SourceName
  mapping: Mapping
  firebase: FirebaseConfig | undefined
  /** Takes every address for verified. */
  verified: boolean
  now: Date
}

const admins = new Set(['admin', 'administrator', 'superuser', 'superadmin', 'super_admin', 'owner'])
const users = new Set(['user', 'member', 'customer', 'authenticated', 'default', 'basic', ''])
const disabled = new Set(['disabled', 'inactive', 'blocked', 'banned', 'suspended', 'locked', 'deactivated'])

const text = (value: unknown) => (typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '')
const word = (value: unknown) => text(value).trim().toLowerCase()

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

/** What the file says, by the rules that everybody's input meets: those of src/routes/fields.ts. */
export const personOf = async (
  given: Fields,
  { source, mapping, firebase, verified, now }: Options,
): Promise<{ person: Person; notes: Note[] } | { refused: Note }> => {
  const particular: Source = sources[source]
  const fields = particular.flatten?.(given) ?? given
  const values = valuesOf(fields, { ...particular.mapping, ...mapping })
  const notes: Note[] = []
  const leaveOut = (field: string, why: string) => {
    notes.push({ field, why })
    return null
  }

  if (isSet(values.deleted)) return { refused: { field: 'deleted', why: 'was deleted where it comes from' } }
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
  const hash = hashOf(values.password, { source, fields, firebase })
  return {
    person: {
      email: email.address,
      emailCanonical: email.canonical,
      password: 'stored' in hash ? hash.stored : 'why' in hash ? leaveOut('password', hash.why) : null,
      name: nameOf(values, leaveOut),
      phone: await phoneOf(values, leaveOut),
      role: roleOf(values, leaveOut),
      status: statusOf(values),
      emailVerifiedAt: verifiedAt ?? (verified || isYes(values.email_verified) ? createdAt : null),
      avatar:
        values.avatar_url === undefined
          ? null
          : (pictureOf(values.avatar_url) ?? leaveOut('avatar_url', 'is not an https address that can be kept')),
      createdAt,
      lastLoginAt: timeAt('last_login_at'),
    },
    notes,
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

/** Nobody becomes an admin by a word that we do not know. */
const roleOf = (values: Values, leaveOut: LeaveOut): Person['role'] => {
  const role = word(values.role)
  if (admins.has(role) || isYes(values.admin)) return 'admin'
  if (!users.has(role)) leaveOut('role', 'is no role here: made a user')
  return 'user'
}

const statusOf = ({ status, active, disabled: off }: Values): Person['status'] =>
  disabled.has(word(status)) || (active !== undefined && !isYes(active)) || isSet(off) ? 'disabled' : 'active'
