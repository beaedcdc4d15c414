import { isAmbiguous, parseEmail } from '../../src/domain/email.ts'
import { lookUp } from '../../src/domain/languages.ts'
import { Name, Phone } from '../../src/routes/fields.ts'
import type { Columns, Values } from './columns.ts'
import { hashOf, type Passwords } from './hashes/hash-of.ts'
import { kindOf } from './hashes/unusable.ts'
import { idsOf } from './ids.ts'
import { metadataOf } from './metadata.ts'
import { type ImportedPasskey, passkeysOf } from './passkeys.ts'
import type { Fields } from './reading/entry.ts'
import { type AdminRule, isAdmin } from './roles.ts'
import { type Seed, seedsOf } from './seeds.ts'
import { anObject, type State, stateOf, strictest } from './states.ts'
import { isYes, timeOf } from './values.ts'

/** A user as the table stores one, without the time of the import. */
export type Person = {
  /** The old id, if it is kept. */
  id: string | null
  externalId: string | null
  metadata: object | null
  /** Whether the old system is asked for the password. */
  bridged: boolean
  email: string
  emailCanonical: string
  password: string | null
  name: string | null
  phone: string | null
  /** The language of mails to the user. */
  locale: string | null
  role: 'user' | 'admin'
  status: 'active' | 'disabled'
  emailVerifiedAt: Date | null
  avatar: string | null
  /** The seeds of authenticator apps, in the clear until they are sent. */
  seeds: Seed[]
  passkeys: ImportedPasskey[]
  createdAt: Date
  lastLoginAt: Date | null
}

/**
 * A field that is not imported, and why. A `kept` field is imported although a request with its value would be refused.
 * The note never contains the value.
 */
export type Note = { field: string; why: string; kept?: true }

/** What an entry says besides the person. */
export type Reading = {
  notes: Note[]
  /** The kind of the hash (see `kindOf`), and why it cannot be verified. Undefined if there is no hash. */
  hash: { kind: string; why?: string } | undefined
  /** Unknown words in status columns. The import stops at them; a person with one of them is never active. */
  unknown: { column: string; word: string }[]
}

export type Options = Passwords & {
  columns: Columns
  /** Treats every address as verified. */
  verified: boolean
  admins: AdminRule[]
  keepIds: boolean
  metadata: string[]
  bridge: boolean
  /** The RP ID of the old system. */
  rpId: string | undefined
  /** The operator's meanings of words in status columns. */
  states: Map<string, State>
  now: Date
}

const text = (value: unknown) => (typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '')

/** Returns the number of a telephone URI (RFC 3966 §3): `tel:+44-20-7946-0958`, possibly with `;phone-context=`. */
const telephone = (value: unknown) =>
  text(value)
    .trim()
    .replace(/^tel:/i, '')
    .replace(/;phone-context=[^;]*$/i, '')

/**
 * Returns the https URL of a picture, which stays at its place. Undefined for a path like those of our own pictures at
 * Cloudinary: deleting the user would delete that picture, which might belong to somebody else.
 */
const pictureOf = (value: unknown): string | undefined => {
  const url = URL.parse(text(value))
  if (url?.protocol !== 'https:' || url.username || url.password || url.href.length > 2048) return
  return /\/avatars\/[A-Za-z0-9_-]{22}\.webp$/.test(url.pathname) ? undefined : url.href
}

/**
 * Returns the person of an entry, by the rules of src/routes/fields.ts that apply to requests too; or why it is
 * refused.
 * @param fields as the source's `flatten` returns them
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
  if (state === 'deleted') return { refused: { field: 'deleted', why: 'was deleted in the old service' } }
  const email = emailOf(values)
  if (!email)
    return { refused: { field: 'email', why: values.email === undefined ? 'is missing' : 'is not an e-mail address' } }
  if (isAmbiguous(email))
    notes.push({
      field: 'email',
      why: 'may be read as another recipient by some mail servers, so no new account gets such an address',
      kept: true,
    })

  const timeAt = (field: 'created_at' | 'last_login_at') => {
    if (values[field] === undefined) return null
    return timeOf(values[field], now) ?? leaveOut(field, 'is not a time between 1970 and now')
  }
  const createdAt = timeAt('created_at') ?? now
  const verifiedAt = timeOf(values.email_verified, now)
  const hash = hashOf(values.password, fields, options)
  const why = 'why' in hash ? hash.why : undefined
  const emailVerifiedAt = verifiedAt ?? (verified || isYes(values.email_verified) ? createdAt : null)
  const seeds = seedsOf(values.totp_secret, leaveOut)
  const passkeys = await passkeysOf(values.passkeys, options, leaveOut)
  // Whoever verifies the address first decides what protects the account.
  const factorsOf = <T>(field: string, factors: T[]): T[] => {
    if (emailVerifiedAt || factors.length === 0) return factors
    leaveOut(field, 'belongs to an address that is not verified')
    return []
  }
  const ids = idsOf(values.id, options.keepIds, now)
  const about = metadataOf(fields, options.metadata)
  if ('why' in ids) leaveOut('id', ids.why)
  if ('why' in about) leaveOut('metadata', about.why)
  return {
    person: {
      id: 'why' in ids ? null : ids.id,
      externalId: 'why' in ids ? null : ids.externalId,
      metadata: 'why' in about ? null : about.metadata,
      // A disabled user gets no bridge: whoever enables the account decides how the user logs in.
      bridged: options.bridge && !('stored' in hash) && state === 'active',
      email: email.address,
      emailCanonical: email.canonical,
      password: 'stored' in hash ? hash.stored : why ? leaveOut('password', why) : null,
      name: nameOf(values, leaveOut),
      phone: await phoneOf(values, leaveOut),
      locale: localeOf(values, leaveOut),
      role: isAdmin(fields, admins) ? 'admin' : 'user',
      status: state === 'active' ? 'active' : 'disabled',
      emailVerifiedAt,
      seeds: factorsOf('totp_secret', seeds),
      passkeys: factorsOf('passkeys', passkeys),
      avatar:
        values.avatar_url === undefined
          ? null
          : (pictureOf(values.avatar_url) ?? leaveOut('avatar_url', 'is not an https URL that can be stored')),
      createdAt,
      lastLoginAt: timeAt('last_login_at'),
    },
    notes,
    hash: 'none' in hash ? undefined : { kind: kindOf(hash.written ?? ''), ...(why !== undefined && { why }) },
    unknown: said
      .filter(({ state }) => state === 'unknown')
      .map(({ name, value }) => ({
        column: name,
        word: typeof value === 'object' ? anObject : String(value).slice(0, 30),
      })),
  }
}

/** Parses any address that may be on file. The stricter rules for new addresses do not apply. */
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

/** Returns the closest language that there is. Some systems list several, or name one as an operating system does. */
const localeOf = ({ locale }: Values, leaveOut: LeaveOut) => {
  const tag = text(Array.isArray(locale) ? locale[0] : locale)
    .trim()
    .replace(/[.@].*$/, '')
  return tag === '' ? null : (lookUp(tag) ?? leaveOut('locale', 'is not a language that mails are written in'))
}
