import { gunzipSync } from 'node:zlib'
import { type ArchivedEntry, digestOf, type Sealed } from '../../src/domain/audit-archive.ts'
import type { ArchivePortion } from '../../src/domain/ports/audit-archive.ts'
import { createEntrySealing, type EntrySealing } from '../../src/domain/sealing.ts'
import type { Reader } from '../lib/bucket.ts'
import { execute, type Place, Stop } from '../lib/database.ts'
import { literal } from '../lib/sql-literal.ts'
import type { Entry } from './entry.ts'

/** How many portions are read at the same time. From a Cloudflare account, each takes a process of wrangler. */
const atOnce = 4

/** How many pseudonyms one statement contains, each of at most 46 bytes. */
const asked = 1500

/** How many keys are kept in memory. */
const remembered = 100_000

type Key = { userId: string | null; sealing: EntrySealing }

/** Returns a function that finds the keys of pseudonyms. A deleted user has none. */
const keysOf = (place: Place) => {
  const known = new Map<string, Key | undefined>()
  return async (pseudonyms: string[]) => {
    if (known.size > remembered) known.clear()
    const wanted = [...new Set(pseudonyms)].filter((name) => !known.has(name))
    for (let from = 0; from < wanted.length; from += asked) {
      const some = wanted.slice(from, from + asked)
      const list = some.map(literal).join(',')
      const [rows = []] = await execute(
        [`select pseudonym, user_id, secret from audit_keys where pseudonym in (${list})`],
        place,
      )
      for (const name of some) known.set(name, undefined)
      for (const { pseudonym, user_id, secret } of rows as Record<string, string | null>[])
        known.set(pseudonym!, { userId: user_id!, sealing: createEntrySealing(secret!) })
    }
    return known
  }
}

/** @throws {Stop} if the object is missing, or is not the one that was written */
const linesOf = async (read: Reader, { name, entries }: ArchivePortion): Promise<ArchivedEntry[]> => {
  const bytes = await read(name)
  if (!bytes) throw new Stop(`${name} is missing from the archive.`)
  if (!name.includes(await digestOf(bytes)))
    throw new Stop(`${name} was changed: its digest is not the one in its name.`)
  const lines = gunzipSync(bytes).toString().trimEnd().split('\n')
  if (lines.length !== entries) throw new Stop(`${name} has ${lines.length} entries instead of ${entries}.`)
  return lines.map((line) => JSON.parse(line) as ArchivedEntry)
}

/** Reads portions of the archive, and opens what they say about users who still have a key. */
export const openArchive = (read: Reader, place: Place) => {
  const find = keysOf(place)

  const open = async ({ sealed, ...entry }: ArchivedEntry, keys: Map<string, Key | undefined>): Promise<Entry> => {
    const named = (pseudonym: string | null) => (pseudonym && keys.get(pseudonym)?.userId) ?? pseudonym
    const people = { user_id: named(entry.user_id), actor_id: named(entry.actor_id) }
    const nothing = { ip: null, user_agent: null, detail: null }
    if (sealed === undefined) return { ...entry, ...people, ...nothing, sealed: false }
    for (const name of [entry.user_id, entry.actor_id, 'nobody']) {
      const opened = name ? await keys.get(name)?.sealing.open(sealed, entry.id) : undefined
      if (opened) return { ...entry, ...people, ...(opened as Sealed), sealed: false }
    }
    return { ...entry, ...people, ...nothing, sealed: true }
  }

  return async function* entries(portions: ArchivePortion[]): AsyncGenerator<Entry> {
    const ahead: Promise<ArchivedEntry[]>[] = []
    for (let index = 0; index < portions.length; index++) {
      while (ahead.length < atOnce && index + ahead.length < portions.length) {
        const next = linesOf(read, portions[index + ahead.length]!)
        // Awaited in its turn: until then a failure must not count as unhandled.
        next.catch(() => {})
        ahead.push(next)
      }
      const lines = (await ahead.shift())!
      const keys = await find([
        'nobody',
        ...lines.flatMap(({ user_id, actor_id }) => [user_id, actor_id].filter((name) => name !== null)),
      ])
      for (const line of lines) yield await open(line, keys)
    }
  }
}
