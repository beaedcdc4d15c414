import type { Mapping } from './columns.ts'
import type { Fields } from './records.ts'
import { isYes } from './values.ts'

/** Where a file comes from: what is particular to it. Everything else its columns' names say. */
export type Source = {
  title: string
  /** Whether a user of the file shows it; left out for what has to be named. */
  recognises?: (fields: Fields) => boolean
  /** Puts what lies deeper where it is found. */
  flatten?: (fields: Fields) => Fields
  mapping?: Mapping
}

const has = (fields: Fields, ...names: string[]) => names.every((name) => name in fields)
const object = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const json = (value: unknown): Fields => {
  try {
    return object(typeof value === 'string' ? JSON.parse(value) : value)
  } catch {
    return {}
  }
}

const listed = (list: unknown, address: unknown) =>
  typeof list === 'string' && typeof address === 'string' && list.split(/[\s,;|]+/).includes(address)

/** In this order: the first that recognises a file reads it. */
export const sources = {
  django: {
    title: 'Django: auth_user as CSV, or `manage.py dumpdata auth.user`',
    recognises: (fields) => has(fields, 'is_superuser', 'date_joined') || has(fields, 'model', 'fields'),
    flatten: (fields) => ({ ...object(fields.fields), ...fields }),
    mapping: { admin: 'is_superuser' },
  },
  firebase: {
    title: 'Firebase: `firebase auth:export users.json`; --hash-config has the parameters of the project',
    recognises: (fields) => has(fields, 'localId'),
    // What the password is compared with is made of two columns: see hashes.ts.
    mapping: { password: 'passwordHash', created_at: 'createdAt', last_login_at: 'lastSignedInAt' },
  },
  supabase: {
    title: 'Supabase: the table auth.users',
    recognises: (fields) => has(fields, 'encrypted_password', 'raw_user_meta_data'),
    flatten: (fields) => {
      const about = json(fields.raw_user_meta_data)
      const name = about.full_name ?? about.name
      const avatar_url = about.avatar_url ?? about.picture
      const phone = typeof fields.phone === 'string' && /^\d/.test(fields.phone) ? `+${fields.phone}` : fields.phone
      const banned = typeof fields.banned_until === 'string' && new Date(fields.banned_until) > new Date()
      return { ...fields, name, avatar_url, phone, banned }
    },
    // `role` is the one that PostgREST works under.
    mapping: { role: { value: '' }, email_verified: 'email_confirmed_at', status: { value: '' } },
  },
  clerk: {
    title: 'Clerk: the CSV of its dashboard',
    recognises: (fields) => has(fields, 'primary_email_address', 'password_digest'),
    flatten: (fields) => ({
      ...fields,
      email_verified: listed(fields.verified_email_addresses, fields.primary_email_address),
    }),
  },
  auth0: {
    title: 'Auth0: the export of users, or the one of password hashes that its support gives',
    recognises: (fields) =>
      has(fields, '_id', 'passwordHash') || (typeof fields.user_id === 'string' && fields.user_id.includes('|')),
    flatten: (fields) => {
      const hash = object(object(fields.custom_password_hash).hash)
      return { ...fields, passwordHash: fields.passwordHash ?? fields.password_hash ?? hash.value }
    },
    mapping: { password: 'passwordHash', deleted: { value: '' } },
  },
  'better-auth': {
    title: "Better Auth: the table user with the column password of its account of provider 'credential'",
    recognises: (fields) => has(fields, 'emailVerified', 'createdAt', 'image'),
    flatten: (fields) => ({ ...fields, role: isAdmin(fields.role) ? 'admin' : 'user' }),
  },
  kratos: {
    title:
      'Ory Kratos: identities with their credentials; has to be named, for its scrypt writes N where others write its logarithm',
    flatten: (fields) => {
      const traits = object(fields.traits)
      const name = object(traits.name)
      const addresses = Array.isArray(fields.verifiable_addresses) ? fields.verifiable_addresses.map(object) : []
      const config = object(object(object(fields.credentials).password).config)
      return {
        ...fields,
        email: traits.email,
        phone: traits.phone,
        name: typeof traits.name === 'string' ? traits.name : [name.first, name.last].filter(Boolean).join(' '),
        password: config.hashed_password,
        email_verified: addresses.some(({ value, verified }) => value === traits.email && isYes(verified)),
      }
    },
  },
  table: { title: 'Any other table: columns by their names, or by --mapping', recognises: () => true },
} satisfies Record<string, Source>

/** Better Auth's admin plugin keeps several roles in one text. */
const isAdmin = (role: unknown) => typeof role === 'string' && role.split(',').some((one) => one.trim() === 'admin')

export type SourceName = keyof typeof sources

export const sourceNames = Object.keys(sources) as SourceName[]

export const recognise = (fields: Fields): SourceName =>
  sourceNames.find((name) => (sources[name] as Source).recognises?.(fields)) ?? 'table'
