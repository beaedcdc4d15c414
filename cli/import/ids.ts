import { ExternalId } from '../../src/routes/fields.ts'

const version7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i

/** Whether an id is a UUIDv7 that was not made in the future: lists and the upkeep sort users by it. */
const keeps = (id: string, now: Date) =>
  version7.test(id) && Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) <= now.getTime()

type Ids = { id: string | null; externalId: string | null }

/** Returns what becomes of an old id, or why it cannot be stored. */
export const idsOf = (value: unknown, keepIds: boolean, now: Date): Ids | { why: string } => {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  if (text === undefined) return { id: null, externalId: null }
  if (typeof text === 'string' && keepIds && keeps(text.trim(), now))
    return { id: text.trim().toLowerCase(), externalId: null }
  const parsed = ExternalId.safeParse(typeof text === 'string' ? text.trim() : text)
  return parsed.success ? { id: null, externalId: parsed.data } : { why: parsed.error.issues[0]!.message }
}
