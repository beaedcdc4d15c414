import * as z from 'zod'
import { Stop } from '../lib/database.ts'
import type { Fields } from './records.ts'

/** What is read of a user, and the names it has in files, compared without case, `_` and spaces. The first that is there counts. */
export const synonyms = {
  email: ['email', 'email_address', 'primary_email_address', 'mail'],
  password: ['password_hash', 'hashed_password', 'password_digest', 'encrypted_password', 'password'],
  name: ['name', 'full_name', 'display_name'],
  first_name: ['first_name', 'given_name'],
  last_name: ['last_name', 'family_name', 'surname'],
  phone: ['phone', 'phone_number', 'primary_phone_number'],
  role: ['role'],
  admin: ['is_admin', 'is_superuser', 'is_super_admin', 'admin'],
  status: ['status', 'state'],
  active: ['is_active', 'active', 'enabled'],
  disabled: ['disabled', 'is_disabled', 'blocked', 'is_blocked', 'banned', 'is_banned'],
  deleted: ['deleted_at', 'is_deleted', 'deleted'],
  email_verified: [
    'email_verified_at',
    'email_confirmed_at',
    'email_verified',
    'is_email_verified',
    'is_verified',
    'verified_at',
    'verified',
    'confirmed_at',
  ],
  created_at: ['created_at', 'date_joined', 'created_on', 'created', 'registered_at'],
  last_login_at: ['last_login_at', 'last_login', 'last_sign_in_at', 'last_signed_in_at'],
  avatar_url: ['avatar_url', 'avatar', 'photo_url', 'picture', 'image', 'image_url', 'profile_picture'],
} as const satisfies Record<string, string[]>

export type Column = keyof typeof synonyms

/** A value for each that the file has; what it has not is undefined, and so is an empty text. */
export type Values = Partial<Record<Column, unknown>>

const columns = Object.keys(synonyms) as [Column, ...Column[]]

/** A column, several whose texts are joined by spaces, or one value for all. */
const From = z.union([
  z.string(),
  z.array(z.string()).min(1),
  z.strictObject({ value: z.union([z.string(), z.boolean()]) }),
])

/** What a mapping file says: for any of our columns where it is found. */
export const Mapping = z.partialRecord(z.enum(columns), From)
export type Mapping = z.infer<typeof Mapping>

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')

const given = (value: unknown) => (value === '' || value === null ? undefined : value)

/** A column by its name, or what lies deeper by a path with dots. */
const at = (fields: Fields, path: string): unknown => {
  if (path in fields) return given(fields[path])
  let value: unknown = fields
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return
    value = (value as Fields)[part]
  }
  return given(value)
}

const mapped = (fields: Fields, from: z.infer<typeof From>): unknown => {
  if (typeof from === 'string') return at(fields, from)
  if (!Array.isArray(from)) return from.value
  return given(
    from
      .map((path) => at(fields, path))
      .filter((part) => part !== undefined)
      .join(' '),
  )
}

/** The values of one user: by the mapping where it names a column, else by the names that we know. */
export const valuesOf = (fields: Fields, mapping: Mapping): Values => {
  const byName = new Map(Object.entries(fields).map(([name, value]) => [plain(name), value]))
  const values: Values = {}
  for (const column of columns) {
    const from = mapping[column]
    const name = synonyms[column].find((synonym) => byName.has(plain(synonym)))
    values[column] = from !== undefined ? mapped(fields, from) : name && given(byName.get(plain(name)))
  }
  return values
}

/** @throws Stop where the file says something else */
export const readMapping = (text: string): Mapping => {
  try {
    return Mapping.parse(JSON.parse(text))
  } catch {
    throw new Stop(`The mapping is no JSON object of columns. It may name: ${columns.join(', ')}.`)
  }
}
