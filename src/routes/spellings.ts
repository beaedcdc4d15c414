import type * as z from 'zod/mini'
import { trimmed } from '../domain/text.ts'

/** Older services' spellings of members: theirs → ours. If both are sent, ours counts. */
const spellings = {
  currentPassword: 'current_password',
  newPassword: 'new_password',
  rememberMe: 'remember',
  remember_me: 'remember',
  is_verified: 'email_verified',
  isVerified: 'email_verified',
  limit: 'per_page',
}

/** The two parts of a name, in each spelling of older services. */
const parts = [
  ['first_name', 'last_name'],
  ['firstName', 'lastName'],
  ['fname', 'lname'],
] as const

/** Members of older services that have no effect here, unless the schema has one of that name. */
const foreign = [
  ...parts.flat(),
  ...['username', 'avatar_url', 'avatarUrl', 'password', 'confirmPassword', 'confirm_password'],
  ...['role', 'is_verified', 'isVerified', 'is_active', 'isActive'],
]

type Members = Record<string, unknown>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const shapeOf = (schema: z.ZodMiniType): object | undefined => (schema as { shape?: object }).shape

const isPart = (value: unknown) => value === null || typeof value === 'string'

/** Joins the two parts of a name. A part that is not text is returned as it is, so that the schema refuses it. */
const nameOf = (first: unknown, last: unknown) => {
  if (!isPart(first) || !isPart(last)) return isPart(first) ? last : first
  const texts = [first, last].map((part) => trimmed((part ?? '') as string))
  return texts.filter((text) => text !== '').join(' ') || null
}

/** Returns the request in our spelling, as far as the schema has the members. */
export const inOurWords = (schema: z.ZodMiniType, value: unknown, isQuery: boolean): unknown => {
  const shape = shapeOf(schema)
  if (!shape || !isMembers(value)) return value
  const members = { ...value }
  const rename = (ours: string, theirs: readonly string[], read: () => unknown) => {
    if (!(ours in shape) || !theirs.every((name) => Object.hasOwn(members, name))) return
    if (!Object.hasOwn(members, ours)) members[ours] = read()
    for (const name of theirs) delete members[name]
  }
  for (const [theirs, ours] of Object.entries(spellings)) rename(ours, [theirs], () => members[theirs])
  // One part alone is not a name and is left as it is.
  for (const [first, last] of parts) rename('name', [first, last], () => nameOf(members[first], members[last]))
  // Older versions ignored `remember`, so clients send whatever their checkbox gives them. A "no" that is text counts:
  // otherwise a shared computer would stay logged in.
  if (Object.hasOwn(members, 'remember')) members.remember = !/^"?false"?$/i.test(JSON.stringify(members.remember))
  // A form sent by GET contains every field, even empty ones.
  if (isQuery)
    for (const [name, text] of Object.entries(members))
      if (typeof text === 'string' && trimmed(text) === '') delete members[name]
  return members
}

/** Returns warnings about members that have an effect in other services but not here. `value`: in our spelling. */
export const warningsOn = (schema: z.ZodMiniType, value: unknown): string[] => {
  const shape = shapeOf(schema)
  if (!shape || !isMembers(value)) return []
  const unheeded = foreign.filter((name) => Object.hasOwn(value, name) && !(name in shape))
  return unheeded.map((name) => `\`${name}\` is not a member of this request here and had no effect.`)
}
