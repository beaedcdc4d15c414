import { manifestName, stateName } from '../../src/domain/backups.ts'
import type { BackupManifest, BackupPortion, BackupState } from '../../src/domain/ports/backups.ts'
import { createBackupSealing } from '../../src/domain/sealing.ts'
import { tokenKeys } from '../../src/setting-values.ts'
import { readerOf } from '../lib/bucket.ts'
import { type Place, Stop } from '../lib/database.ts'
import type { Deployment } from '../lib/deployment.ts'
import { readVars } from '../lib/dev-vars.ts'
import type { Line } from './file.ts'
import { number, tell } from './progress.ts'

/** Objects that are read at the same time: from a deployment, each takes a process of wrangler. */
const atOnce = 4

/** @throws {Stop} if this computer has no BACKUP_KEYS, or if they are malformed */
const sealingOf = ({ secretFile }: Deployment) => {
  const text = process.env.BACKUP_KEYS ?? readVars([secretFile]).BACKUP_KEYS
  if (!text)
    throw new Stop(`BACKUP_KEYS is neither in the environment nor in ${secretFile}. Nothing else opens these backups.`)
  const parsed = tokenKeys.safeParse(text)
  if (!parsed.success) throw new Stop(`BACKUP_KEYS: ${parsed.error.issues[0]!.message}`)
  return createBackupSealing(parsed.data)
}

/** Opens the backups of the cron. @throws {Stop} */
export const openVault = async (deployment: Deployment, place: Place) => {
  const sealing = sealingOf(deployment)
  const unbound = 'wrangler.toml binds no bucket BACKUPS here, so the cron writes no backups.'
  const read = await readerOf(deployment, place, 'BACKUPS', deployment.backups, unbound)
  const find = async <T>(name: string): Promise<T | undefined> => {
    const bytes = await read(name)
    if (!bytes) return
    const value = await sealing.open(bytes, name)
    if (value === undefined)
      throw new Stop(`BACKUP_KEYS does not open ${name}: it is another key, or the object was changed.`)
    return value as T
  }

  return {
    state: () => find<BackupState>(stateName),

    /** @param name of a backup, or `latest` */
    async manifest(name: string): Promise<BackupManifest> {
      const wanted = name === 'latest' ? (await find<BackupState>(stateName))?.kept.at(-1)?.name : name
      if (!wanted) throw new Stop('The cron has completed no backup yet.')
      const found = await find<BackupManifest>(manifestName(wanted))
      if (!found) throw new Stop(`There is no complete backup ${wanted}.`)
      return found
    },

    /** Yields a backup as the lines of a file. @throws {Stop} if a portion is missing */
    async *lines({ at, migrations, portions, counts }: BackupManifest): AsyncGenerator<Line> {
      yield { backup: 1, at: new Date(at).toISOString(), migrations }
      let table = ''
      const ahead: Promise<BackupPortion | undefined>[] = []
      for (const [index, name] of portions.entries()) {
        while (ahead.length < atOnce && index + ahead.length < portions.length) {
          const next = find<BackupPortion>(portions[index + ahead.length]!)
          // It is awaited in its turn.
          next.catch(() => {})
          ahead.push(next)
        }
        const portion = await ahead.shift()
        if (!portion) throw new Stop(`${name} is missing, so the backup is not complete.`)
        if (portion.table !== table) yield { table: portion.table, columns: portion.columns }
        table = portion.table
        yield* portion.rows
        tell(`${number(index + 1)} of ${number(portions.length)} portions`)
      }
      yield { end: counts, pictures: 0 }
    },
  }
}
