import { env } from 'cloudflare:workers'
import { type ArchivedEntry, digestOf } from '../../../src/domain/audit-archive.ts'
import { newId } from '../../../src/domain/ids.ts'
import type { ArchivePortion } from '../../../src/domain/ports/audit-archive.ts'
import { createEntrySealing } from '../../../src/domain/sealing.ts'

export const archive = env.AVATARS

export const objects = async () => (await archive.list()).objects.map(({ key }) => key)

export const bytesOf = async (name: string) => new Uint8Array(await (await archive.get(name))!.arrayBuffer())

export const textOf = async (name: string) =>
  new Response((await archive.get(name))!.body.pipeThrough(new DecompressionStream('gzip'))).text()

type Day = { day: string; entries: number; bytes: number; portions: ArchivePortion[]; manifest: string | null }

/** The days as the database knows them. */
export const days = async (): Promise<Day[]> => {
  const { results } = await env.DB.prepare('select * from audit_days order by day').all<Day & { portions: string }>()
  return results.map((row) => ({ ...row, portions: JSON.parse(row.portions) }))
}

/** The entries of every portion that counts. @throws if an object is not what its name says */
export const archived = async (): Promise<ArchivedEntry[]> => {
  const entries: ArchivedEntry[] = []
  for (const { portions } of await days())
    for (const { name } of portions) {
      if (!name.includes(await digestOf(await bytesOf(name)))) throw new Error(`${name} has another digest`)
      const lines = (await textOf(name)).trimEnd().split('\n')
      entries.push(...lines.map((line) => JSON.parse(line) as ArchivedEntry))
    }
  return entries
}

/** The ids of the entries that are still in the database. */
export const kept = async () =>
  (await env.DB.prepare('select id from audit order by id').all<{ id: string }>()).results.map(({ id }) => id)

/** Returns what the keys in the database still show of an entry; undefined if none opens it. */
export const shown = async ({ id, sealed }: ArchivedEntry): Promise<unknown> => {
  const { results } = await env.DB.prepare('select secret from audit_keys').all<{ secret: string }>()
  for (const { secret } of results) {
    const opened = sealed && (await createEntrySealing(secret).open(sealed, id))
    if (opened) return opened
  }
}

type Written = { user?: string | null; actor?: string | null; ip?: string | null; event?: string }

/** Writes entries of one moment. Returns their ids. */
export const write = async (
  at: Date,
  count = 1,
  { user = null, actor = null, ip = '203.0.113.9', event = 'logged_in' }: Written = {},
) => {
  const ids = Array.from({ length: count }, () => newId(at)).sort()
  await env.DB.prepare(
    `insert into audit (id, at, event, user_id, actor_id, ip, user_agent, detail)
      select value, ?, ?, ?, ?, ?, iif(? is null, null, 'Secret Browser'), iif(? is null, null, '{"why":"secret detail"}') from json_each(?)`,
  )
    .bind(at.getTime(), event, user, actor, ip, ip, ip, JSON.stringify(ids))
    .run()
  return ids
}

export const empty = async () => {
  for (const table of ['audit_days', 'audit_keys', 'sessions', 'mail', 'devices', 'users', 'audit', 'throttles'])
    await env.DB.exec(`delete from ${table}`)
  await archive.delete(await objects())
}
