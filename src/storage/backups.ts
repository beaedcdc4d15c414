import type { BackupSource, BackupVault, RowKey } from '../domain/ports/backups.ts'
import type { BackupSealing } from '../domain/sealing.ts'
import { timed } from '../meter.ts'
import { appliedMigrations, backupTables, pageOf } from './backup-tables.ts'
import { type Db, roundTrip, withTimeout } from './database.ts'

/** Milliseconds after which a call to R2 is abandoned. */
const timeoutMs = 10_000

/** As many keys as R2 lists and removes in one call. */
const limit = 1000

export const createBackupSource = (db: Db): BackupSource => {
  const all = (query: string, values: RowKey = []) =>
    roundTrip(() =>
      db.$client
        .prepare(query)
        .bind(...values)
        .raw<unknown[]>(),
    )
  return {
    tables: backupTables.map(({ name }) => name),

    migrations: async () => (await all(appliedMigrations)).map(([name]) => String(name)),

    async page(name, after, limit) {
      const table = backupTables.find((one) => one.name === name)!
      const { columns, by } = table
      const query = pageOf(
        table,
        limit,
        after?.map(() => '?'),
      )
      const found = await all(query, after)
      return {
        columns,
        rows: found.map((row) => row.slice(by.length)),
        last: found.at(-1)?.slice(0, by.length) as RowKey | undefined,
      }
    },
  }
}

/** Backups in a bucket of their own. */
export const createBackupVault = (bucket: R2Bucket, { seal, open }: BackupSealing): BackupVault => {
  const attempt = <T>(work: () => Promise<T>) => withTimeout(timeoutMs, timed('r2', work), 'late')
  return {
    async read(name) {
      const found = await attempt(async () => {
        const object = await bucket.get(name)
        return object && { bytes: new Uint8Array(await object.arrayBuffer()), version: object.etag }
      })
      return found ? { value: await open(found.bytes, name), version: found.version } : undefined
    },

    async write(name, value) {
      const bytes = await seal(value, name)
      await attempt(() => bucket.put(name, bytes))
      return bytes.length
    },

    async replace(name, value, version) {
      const bytes = await seal(value, name)
      const onlyIf = version === undefined ? { etagDoesNotMatch: '*' } : { etagMatches: version }
      return (await attempt(() => bucket.put(name, bytes, { onlyIf })))?.etag
    },

    names: async () => (await attempt(() => bucket.list({ limit }))).objects.map(({ key }) => key),

    remove: (names) => attempt(() => bucket.delete(names)),
  }
}
