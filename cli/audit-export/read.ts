import { leastId } from '../../src/domain/ids.ts'
import type { ArchivePortion } from '../../src/domain/ports/audit-archive.ts'
import { readerOf } from '../lib/bucket.ts'
import { execute, type Place } from '../lib/database.ts'
import type { Deployment } from '../lib/deployment.ts'
import { statement } from '../lib/sql-literal.ts'
import { openArchive } from './archive.ts'
import type { Entry } from './entry.ts'

/** Entries that one statement reads from the database. */
const pageSize = 2000

const dayMs = 86_400_000

type Row = Record<string, string | number | null>

const entryOf = ({ id, at, detail, ...row }: Row): Entry =>
  ({
    id,
    at: new Date(Number(at)).toISOString(),
    ...row,
    detail: detail === null ? null : JSON.parse(String(detail)),
    sealed: false,
  }) as Entry

/**
 * Yields the entries of days (UTC, `2026-01-31`, both included), oldest first: those of the archive, then those of the
 * database. Every read of the database is one transaction that also shows the portions, so an entry that the cron moves
 * meanwhile is found in one of the two places, and an entry that was read before is not repeated.
 */
export async function* readAudit(
  from: string,
  to: string,
  deployment: Deployment,
  place: Place,
): AsyncGenerator<Entry> {
  const [first, end] = [Date.parse(from), Date.parse(to) + dayMs].map((time) => leastId(new Date(time)))
  const done = new Set<string>()
  let archive: ReturnType<typeof openArchive> | undefined
  let since = from
  let last = ''
  for (;;) {
    const [days = [], page = []] = (await execute(
      [
        statement`select day, portions from audit_days where day >= ${since} and day <= ${to} order by day`,
        statement`select id, at, event, user_id, actor_id, ip, user_agent, detail, count from audit
          where id > ${last} and id >= ${first!} and id < ${end!} order by id limit ${pageSize}`,
      ],
      place,
    )) as [Row[], Row[]]
    const portions = days
      .flatMap(({ portions }) => JSON.parse(String(portions)) as ArchivePortion[])
      .filter(({ name }) => !done.has(name))
    if (portions.length > 0) {
      archive ??= openArchive(
        await readerOf(
          deployment,
          place,
          'AUDIT_ARCHIVE',
          deployment.archive,
          'Some of these days are in the archive, and wrangler.toml binds no bucket AUDIT_ARCHIVE here.',
        ),
        place,
      )
      for await (const entry of archive(portions)) if (entry.id > last) yield entry
      for (const { name } of portions) done.add(name)
      since = String(days.at(-1)!.day)
      continue
    }
    for (const row of page) yield entryOf(row)
    if (page.length < pageSize) return
    last = String(page.at(-1)!.id)
  }
}
