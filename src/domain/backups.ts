import type { Settings } from '../settings.ts'
import { randomId } from './ids.ts'
import type { BackupManifest, BackupPortion, BackupSource, BackupState, BackupVault } from './ports/backups.ts'
import type { Clock } from './ports/outside.ts'

/** Rows in a portion. Each portion is held in memory as a whole. */
const rows = 2000

/** Portions, stored bytes and milliseconds after which a run leaves the rest to the next one: a run starts every minute. */
const most = 5
const enoughBytes = 2_000_000
const enoughMs = 15_000

/** The most pages of names that one run removes. */
const sweeps = 20

export const stateName = 'state'

export const manifestName = (backup: string) => `${backup}/manifest`

/** Names that the cron writes: `2026-11-30T1003-` and a random id. The bucket may contain other objects. */
const own = /^\d{4}-\d\d-\d\dT\d{4}-[\w-]{22}\//

/** Names sort by time. */
const timeOf = (at: number) => new Date(at).toISOString().slice(0, 16).replace(':', '')

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, one) => all + one, 0)

type Needs = {
  backupSource: BackupSource
  backupVault: BackupVault | undefined
  settings: Pick<Settings, 'backups'>
  now: Clock
}

export const createBackups = ({ backupSource, backupVault, settings, now }: Needs) => {
  /** Returns the state after one more step; undefined if there is nothing to do. */
  const step = async (state: BackupState, vault: BackupVault, everyMs: number) => {
    const at = now().getTime()
    const { kept, running } = state
    if (!running) {
      if (at - (kept.at(-1)?.at ?? 0) < everyMs) return
      const name = `${timeOf(at)}-${randomId()}`
      const begun = {
        name,
        at,
        until: at,
        migrations: await backupSource.migrations(),
        portions: [],
        counts: {},
        table: 0,
      }
      return { next: { kept, running: begun }, bytes: 0 }
    }
    const { table: index, after, ...manifest } = running
    const { name } = manifest
    const table = backupSource.tables[index]
    if (table === undefined) {
      // Two runs may write the manifest, but both write the same one.
      const bytes = await vault.write(manifestName(name), manifest satisfies BackupManifest)
      const done = { name, at: manifest.at, until: manifest.until, rows: sum(manifest.counts) }
      return { next: { kept: [...kept, done] }, bytes, done }
    }
    const { columns, rows: found, last } = await backupSource.page(table, after, rows)
    // Another run may write the same portion at this moment. The state names the one that counts.
    const portion = `${name}/${String(manifest.portions.length).padStart(6, '0')}-${randomId()}`
    const bytes = await vault.write(portion, { table, columns, rows: found } satisfies BackupPortion)
    const whole = found.length < rows
    const next: BackupState = {
      kept,
      running: {
        ...manifest,
        until: at,
        portions: [...manifest.portions, portion],
        counts: { ...manifest.counts, [table]: (manifest.counts[table] ?? 0) + found.length },
        table: whole ? index + 1 : index,
        ...(!whole && { after: last }),
      },
    }
    return { next, bytes }
  }

  /**
   * Removes backups older than `keepMs`. Called only after a backup has been completed, so that no good backup is
   * removed while new ones fail. Portions left by a run that was cut off are removed with the backup that it worked on.
   */
  const removeOld = async (vault: BackupVault, keepMs: number, newest: string) => {
    const first = timeOf(now().getTime() - keepMs)
    for (let round = 0; round < sweeps; round++) {
      const names = await vault.names()
      const old = names.filter((name) => own.test(name) && name < first && !name.startsWith(newest))
      if (old.length === 0) return
      await vault.remove(old)
    }
  }

  return {
    /**
     * Continues the backup that is being written, or begins the next one. A run may be cut off anywhere, and two runs
     * may work at once.
     * @returns how many portions were written, and whether the newest backup takes too long
     */
    async run(): Promise<{ portions: number; late: boolean }> {
      const { everyHours, keepDays } = settings.backups
      if (everyHours === 0 || !backupVault) return { portions: 0, late: false }
      const everyMs = everyHours * 3_600_000
      const keepMs = keepDays * 86_400_000
      const began = now().getTime()
      const found = await backupVault.read(stateName)
      let state = (found?.value ?? { kept: [] }) as BackupState
      let version = found?.version
      let portions = 0
      for (let bytes = 0; portions < most && bytes < enoughBytes && now().getTime() - began < enoughMs; ) {
        const stepped = await step(state, backupVault, everyMs)
        if (!stepped) break
        const { next, done } = stepped
        const first = began - keepMs
        const kept = done ? next.kept.filter((one) => one === done || one.at >= first) : next.kept
        version = await backupVault.replace(stateName, { ...next, kept }, version)
        if (version === undefined) break
        if ((next.running?.portions.length ?? 0) > (state.running?.portions.length ?? 0)) portions++
        state = { ...next, kept }
        bytes += stepped.bytes
        if (done) {
          await removeOld(backupVault, keepMs, done.name)
          break
        }
      }
      const newest = state.running?.at ?? state.kept.at(-1)?.at ?? began
      return { portions, late: began - newest > 2 * everyMs }
    },
  }
}

export type Backups = ReturnType<typeof createBackups>
