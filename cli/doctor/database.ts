import { readdirSync } from 'node:fs'
import { checkPlace, execute, executeMeasured, type Place, Stop } from '../lib/database.ts'
import { keyIds } from '../lib/rotation.ts'
import { missingKeys, seedsByKey } from '../lib/seeds.ts'
import { statement } from '../lib/sql-literal.ts'
import { type Finding, fault, hint, ok } from './finding.ts'

export const migrationFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()

/** Milliseconds after which a waiting mail is stuck: the cron runs every minute. */
const overdueMs = 15 * 60_000

const names = 'select name from d1_migrations'

const lacking = (folder: string, applied: Record<string, unknown>[] = []) =>
  migrationFiles(folder).filter((name) => !applied.some((row) => row.name === name))

/** Returns the migrations of the folder that the database lacks. @throws {Stop} */
export const pendingMigrations = async (folder: string, place: Place): Promise<string[]> => {
  try {
    return lacking(folder, (await execute([names], place))[0])
  } catch (error) {
    // wrangler's own table does not exist before the first migration.
    if (error instanceof Stop && /has not been migrated yet/.test(error.message)) return lacking(folder)
    throw error
  }
}

const waiting = (now: Date) =>
  statement`select count(*) as due, sum(next_attempt_at < ${now.getTime() - overdueMs}) as late,
    (select group_concat(distinct last_error) from mail where next_attempt_at is not null) as codes,
    sum(attempts = 0 and last_error is null) as fresh,
    (select count(*) from mail where next_attempt_at is null and sent_at is null and last_error is not null) as given_up,
    (select count from daily where day = 'now' and metric = 'cron') as ran,
    (select count from daily where day = 'now' and metric = 'cron_faults') as faults
    from mail where next_attempt_at is not null`

const mails = (count: number) => (count === 1 ? '1 mail' : `${count} mails`)

const outbox = (row: Record<string, unknown>): Finding => {
  const {
    due,
    late,
    codes,
    fresh,
    given_up: givenUp,
  } = row as { due: number; late: number; codes: string; fresh: number; given_up: number }
  const why = codes ? `, last said: ${codes}` : ''
  if (late)
    return fault('outbox', `${mails(late)} should have been sent a quarter of an hour ago${why}. Is the cron running?`)
  if (givenUp) return hint('outbox', `${mails(givenUp)} could not be sent and will not be retried${why}`)
  if (due === 0) return ok('outbox', 'empty')
  const parts = [
    ...(fresh > 0 ? [`${mails(fresh)} will be sent when due`] : []),
    ...(due > fresh ? [`${mails(due - fresh)} will be retried${why}`] : []),
  ]
  return ok('outbox', parts.join(', '))
}

/** Milliseconds after which the cron is late: it notes one run an hour. */
const idleMs = 75 * 60_000

/** Reports whether the cron runs. A database whose cron never ran says nothing: it may be new. */
const cron = (row: Record<string, unknown>, now: Date): Finding[] => {
  const { ran, faults } = row as { ran: number | null; faults: number | null }
  if (ran === null) return []
  const at = new Date(ran).toISOString()
  if (now.getTime() - ran > idleMs) return [fault('cron', `has not run since ${at}: it should run every minute`)]
  if (faults) return [fault('cron', `runs, and ${faults} of its parts fail: docs/operate/observability.md#the-cron`)]
  return [ok('cron', `ran at ${at}; it notes one run an hour`)]
}

/**
 * The bytes that D1 gives a database on the paid plan (Cloudflare, "D1 limits"). A full database accepts no writes, so
 * nobody can log in.
 */
const most = 10_000_000_000

const bytes = (size: number) =>
  size < 1e6
    ? `${Math.ceil(size / 1e3)} kB`
    : size < 1e9
      ? `${Math.ceil(size / 1e6)} MB`
      : `${(size / 1e9).toFixed(1)} GB`

/** Reports how full the database is. */
export const checkSize = (size: number | undefined): Finding[] => {
  if (size === undefined) return []
  const says = `uses ${bytes(size)} of at most 10 GB (500 MB on the free plan)`
  if (size >= 0.95 * most)
    return [fault('database', `${says}. A full one accepts no writes, so nobody can log in: docs/operate/growth.md`)]
  if (size >= 0.8 * most) return [hint('database', `${says}: what fills it, and what to do: docs/operate/growth.md`)]
  return [ok('database', says)]
}

/** Checks that the seeds of authenticator apps can be opened. */
const checkSeeds = async (place: Place, dataKeys: string | undefined): Promise<Finding[]> => {
  const seeds = await seedsByKey(place)
  if (!dataKeys && seeds.size === 0)
    return [hint('keys', 'DATA_KEYS is not set, so nobody can add an authenticator app; npm run secrets adds it')]
  const missing = missingKeys(seeds, dataKeys ? keyIds('data', dataKeys) : [])
  if (missing.length === 0) return []
  const count = missing.reduce((sum, id) => sum + seeds.get(id)!, 0)
  return [
    fault(
      'keys',
      `DATA_KEYS lacks ${missing.join(', ')}, under which the seeds of ${count} authenticator apps are encrypted: their users cannot log in. Put the key back from a copy of the file`,
    ),
  ]
}

/** Checks whether the database exists and is migrated, how full it is, and whether its mails are sent. */
export const checkDatabase = async (
  folder: string,
  place: Place,
  apply: string,
  dataKeys: string | undefined,
  now = new Date(),
): Promise<Finding[]> => {
  try {
    if (!place.remote) checkPlace(place)
    const { rows, size } = await executeMeasured([names, waiting(now)], place)
    const [applied, [row]] = rows as [Record<string, unknown>[], Record<string, unknown>[]]
    const pending = lacking(folder, applied)
    if (pending.length > 0) return [fault('database', `not applied: ${pending.join(', ')}: ${apply}`)]
    return [
      ok('database', `has all ${applied.length} migrations`),
      ...checkSize(size),
      outbox(row!),
      ...(place.remote ? cron(row!, now) : []),
      ...(await checkSeeds(place, dataKeys)),
    ]
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    return [fault('database', error.message)]
  }
}
