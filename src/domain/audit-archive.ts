import { base64url } from 'jose'
import type { Settings } from '../settings.ts'
import { pseudonym } from './account-deletion.ts'
import { leastId } from './ids.ts'
import type { Macs } from './macs.ts'
import type { AuditRow } from './model.ts'
import type { ArchivedDay, ArchiveKey, ArchiveVault, AuditArchiveStore } from './ports/audit-archive.ts'
import type { Clock } from './ports/outside.ts'
import { createEntrySealing, through } from './sealing.ts'

/** Entries in a portion. Each portion is held in memory as a whole. */
const rows = 1000

/** Portions and milliseconds after which a run leaves the rest to the next one: a run starts every minute. */
const most = 3
const enoughMs = 15_000

/** The most calls that one run makes to remove a day that is no longer kept. Each removes up to 1,000 objects. */
const removals = 20

const dayMs = 86_400_000

const dayAt = (time: number) => new Date(time).toISOString().slice(0, 10)

/** The day (UTC) of an entry: its id begins with 48 bits of the time (RFC 9562 §5.7). */
const dayOf = ({ id }: { id: string }) => dayAt(Number.parseInt(id.replace('-', '').slice(0, 12), 16))

/** Ids of users are UUIDs; the pseudonyms of deleted users are longer. */
const isUser = (id: string) => id.length === 36

export const digestOf = async (bytes: BufferSource) =>
  base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))

/** Returns the start of the day after the newest archived one: from then on, the database has every entry. */
export const completeFrom = (newest: string | undefined): Date | undefined =>
  newest === undefined ? undefined : new Date(Date.parse(newest) + dayMs)

/**
 * A line of a portion. `sealed` has the members of `Sealed`, encrypted under the secret of the user or, if the user has
 * none, of the actor. If neither has a secret, that of the row without a user is used. `sealed` is missing if the entry
 * has none of these members.
 */
export type ArchivedEntry = Pick<AuditRow, 'id' | 'event' | 'count'> & {
  at: string
  user_id: string | null
  actor_id: string | null
  sealed?: string
}

export type Sealed = Pick<AuditRow, 'ip' | 'detail'> & { user_agent: string | null }

type Needs = {
  auditArchiveStore: AuditArchiveStore
  archiveVault: ArchiveVault | undefined
  macs: Macs
  settings: Pick<Settings, 'auditArchiveAfterDays' | 'auditRetentionDays'>
  now: Clock
}

export const createAuditArchive = ({ auditArchiveStore, archiveVault, macs, settings, now }: Needs) => {
  const newKey = (userId: string | null): ArchiveKey => ({
    userId,
    pseudonym: userId === null ? 'nobody' : pseudonym(macs, userId),
    secret: base64url.encode(crypto.getRandomValues(new Uint8Array(32))),
  })

  /** Returns the oldest entries that are due, with a key for every user in them. */
  const readOldest = async (before: string) => {
    const offered = new Map<string | null, ArchiveKey>()
    for (;;) {
      const read = await auditArchiveStore.oldest({ before, limit: rows + 1, people: [...offered.values()] })
      if (read.entries.length === 0) return
      const people = new Set([null, ...read.entries.flatMap(({ userId, actorId }) => [userId, actorId])])
      const keyed = new Set(read.keys.map(({ userId }) => userId))
      const lacking = [...people].filter((id) => (id === null || isUser(id)) && !keyed.has(id) && !offered.has(id))
      if (lacking.length === 0) return read
      for (const id of lacking) offered.set(id, newKey(id))
    }
  }

  const pack = async (entries: AuditRow[], keys: ArchiveKey[]) => {
    const known = new Map(keys.map((key) => [key.userId, { ...key, ...createEntrySealing(key.secret) }]))
    // `npm run import -- --undo` deletes users, but leaves their ids in the audit.
    const named = (id: string | null) => id && (known.get(id)?.pseudonym ?? (isUser(id) ? pseudonym(macs, id) : id))
    const lines = await Promise.all(
      entries.map(async ({ id, at, event, userId, actorId, count, ip, userAgent, detail }) => {
        const key = (userId && known.get(userId)) || (actorId && known.get(actorId)) || known.get(null)!
        const sealed =
          (ip ?? userAgent ?? detail) === null
            ? undefined
            : await key.seal({ ip, user_agent: userAgent, detail } satisfies Sealed, id)
        const [user_id, actor_id] = [named(userId), named(actorId)]
        const line: ArchivedEntry = { id, at: at.toISOString(), event, user_id, actor_id, count, sealed }
        return `${JSON.stringify(line)}\n`
      }),
    )
    return new Uint8Array(await through(lines.join(''), new CompressionStream('gzip')))
  }

  /** Writes an object with its digest in the name, and reads it back. @throws if other bytes come back */
  const keep = async (vault: ArchiveVault, start: string, bytes: Uint8Array, end: string) => {
    const digest = await digestOf(bytes)
    const name = `${start}-${digest}.${end}`
    await vault.write(name, bytes)
    const back = await vault.read(name)
    if (!back || (await digestOf(back)) !== digest) throw new Error('an archived object does not come back whole')
    return name
  }

  /** Moves the oldest portion that is due, and returns the number of its entries. */
  const moveOldest = async (vault: ArchiveVault): Promise<number> => {
    const today = Math.floor(now().getTime() / dayMs) * dayMs
    const read = await readOldest(leastId(new Date(today - settings.auditArchiveAfterDays * dayMs)))
    if (!read) return 0
    const day = dayOf(read.entries[0]!)
    const left = read.entries.filter((entry) => dayOf(entry) === day)
    const entries = left.slice(0, rows)
    const before = await auditArchiveStore.portions(day)
    const bytes = await pack(entries, read.keys)
    const number = String(before.length).padStart(6, '0')
    const name = await keep(vault, `${day}/${number}`, bytes, 'ndjson.gz')
    const portions = [...before, { name, entries: entries.length, bytes: bytes.length }]
    // Written before the last entries leave the database: if this run is cut off here, the next one writes it.
    const manifest =
      left.length === entries.length
        ? await keep(vault, `${day}/manifest`, new TextEncoder().encode(JSON.stringify({ day, portions })), 'json')
        : null
    const ids = entries.map(({ id }) => id)
    await auditArchiveStore.move({ day, known: before.length, portions, manifest, ids })
    return entries.length
  }

  /** Removes the oldest day once it is older than `auditRetentionDays`. */
  const removeOldest = async (vault: ArchiveVault) => {
    const day = await auditArchiveStore.oldestDay()
    if (day === undefined || day >= dayAt(now().getTime() - settings.auditRetentionDays * dayMs)) return
    for (let call = 0; call < removals; call++)
      if (await vault.remove(`${day}/`)) {
        await auditArchiveStore.forgetDay(day)
        return
      }
  }

  return {
    /**
     * Moves entries that are old enough from the database into the archive, and removes a day that is no longer kept.
     * It may be cut off anywhere, and two runs may work at once: an entry leaves the database only in the transaction
     * that records its portion.
     * @returns how many entries were moved
     */
    async run(): Promise<number> {
      if (!archiveVault) return 0
      const began = now().getTime()
      let moved = 0
      if (settings.auditArchiveAfterDays > 0)
        for (let portion = 0; portion < most && now().getTime() - began < enoughMs; portion++) {
          const entries = await moveOldest(archiveVault)
          if (entries === 0) break
          moved += entries
        }
      await removeOldest(archiveVault)
      return moved
    },

    /** Returns days of the archive, newest first. `next`, if there are more: the `before` of the next page. */
    async days(query: {
      before: string | undefined
      limit: number
    }): Promise<{ days: ArchivedDay[]; next: string | undefined }> {
      const found = await auditArchiveStore.days({ ...query, limit: query.limit + 1 })
      const days = found.slice(0, query.limit)
      return { days, next: found.length > query.limit ? days.at(-1)?.day : undefined }
    },
  }
}

export type AuditArchive = ReturnType<typeof createAuditArchive>
