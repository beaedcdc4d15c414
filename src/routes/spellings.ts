import type * as z from 'zod/mini'
import { trimmed } from '../domain/text.ts'

/** How older services spell members that this one has: theirs → ours. A member that came under our name too, counts by it. */
const spellings = {
  currentPassword: 'current_password',
  newPassword: 'new_password',
  rememberMe: 'remember',
  remember_me: 'remember',
  is_verified: 'email_verified',
  isVerified: 'email_verified',
  limit: 'per_page',
}

/** The two parts of a name, in each way that older services spell them. */
const parts = [
  ['first_name', 'last_name'],
  ['firstName', 'lastName'],
  ['fname', 'lname'],
] as const

/** What older services know and this one does not, wherever a schema has no member of that name. */
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

/** A value that is not text passes unchanged and is refused by the schema. One part alone is no name, and passes unchanged. */
const nameOf = (first: unknown, last: unknown) => {
  if (!isPart(first) || !isPart(last)) return isPart(first) ? last : first
  const texts = [first, last].map((part) => trimmed((part ?? '') as string))
  return texts.filter((text) => text !== '').join(' ') || null
}

/** A request in our words, as far as the schema has members of that name. */
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
  for (const [first, last] of parts) rename('name', [first, last], () => nameOf(members[first], members[last]))
  // Nobody heeded it until now, so clients say whatever a tick in a box gives them.
  if (Object.hasOwn(members, 'remember')) members.remember = members.remember !== false
  // A form by GET sends every field, filled in or not.
  if (isQuery)
    for (const [name, text] of Object.entries(members))
      if (typeof text === 'string' && trimmed(text) === '') delete members[name]
  return members
}

/** What is to be said of members that other services would have heeded. `value`: in our words. */
export const warningsOn = (schema: z.ZodMiniType, value: unknown): string[] => {
  const shape = shapeOf(schema)
  if (!shape || !isMembers(value)) return []
  const unheeded = foreign.filter((name) => Object.hasOwn(value, name) && !(name in shape))
  return unheeded.map((name) => `\`${name}\` is no member of this request here, and did nothing.`)
}
