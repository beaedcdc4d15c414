import type { Settings } from '../settings.ts'
import { leastId, randomId } from './ids.ts'
import type { OwnAvatarStore } from './ports/avatars.ts'
import type { Clock } from './ports/outside.ts'
import type { UpkeepStore } from './ports/upkeep.ts'

const day = 86_400_000

/** Milliseconds after which self-registered accounts that were never verified are removed. */
const unverifiedLifetimeMs = 30 * day

/** Milliseconds after which a device without a log-in is removed. Its cookies have expired by then. */
const deviceLifetimeMs = 400 * day

/**
 * How many rows of a small table one round checks, how many audit entries it removes, and how many rounds one run has.
 * All are bounded, because a run starts every minute.
 */
const portion = 100
const entries = 500
const rounds = 10

/**
 * The rows of the counters' table that one round checks: a thousand guessing networks leave more counters each minute
 * than rows of any other kind.
 */
const counters = 2000

/** If a round removes this many rows, another one follows: the next portion may have as many expired rows. */
const many = portion / 4

/**
 * How many users' search text one statement rewrites, and how many such statements one run has: a million users take at
 * most a day.
 */
const rewritten = 200
const rewrites = 5

/** How many pictures one run checks: as many as one statement may ask about. */
const pictures = 90

/** Milliseconds after which an unused picture can no longer belong to an upload in progress. */
const settledMs = 60 * 60_000

/** Fewer unused pictures than this raise no suspicion: with a handful of users, they may be more than half of all. */
const suspicious = 3

/** Returns the least id that could have been made `age` milliseconds ago: ids sort by time. */
const idBefore = (now: Date, age: number) => leastId(new Date(now.getTime() - age))

type Needs = {
  upkeepStore: UpkeepStore
  avatars: Pick<OwnAvatarStore, 'some' | 'remove'>
  settings: Pick<Settings, 'verificationRequired' | 'auditRetentionDays'>
  now: Clock
}

export const createUpkeep = ({ upkeepStore, avatars, settings, now }: Needs) => ({
  ready: upkeepStore.ready,

  /** Removes expired rows and returns how many. Two runs at once, or a run that is cut off, do no harm. */
  async removeExpired(): Promise<number> {
    const at = now()
    let removed = 0
    for (let round = 0; round < rounds; round++) {
      const gone = await upkeepStore.removeExpired({
        now: at,
        unverifiedBefore: settings.verificationRequired
          ? {
              id: idBefore(at, unverifiedLifetimeMs),
              time: new Date(at.getTime() - unverifiedLifetimeMs),
            }
          : undefined,
        auditBefore: idBefore(at, settings.auditRetentionDays * day),
        devicesBefore: new Date(at.getTime() - deviceLifetimeMs),
        portion,
        entries,
        counters,
      })
      removed += gone
      if (gone < many) break
    }
    return removed
  },

  /** Notes for the console and the doctor that the cron ran. @param faults how many of its parts failed */
  noteRun: (faults: number) => upkeepStore.noteRun({ now: now(), faults }),

  /**
   * Rewrites search text that an older version wrote, so that search finds those users. Returns how many it processed.
   */
  async mendSearch(): Promise<number> {
    let mended = 0
    for (let round = 0; round < rewrites; round++) {
      const seen = await upkeepStore.mendSearch(rewritten)
      mended += seen
      if (seen < rewritten) break
    }
    return mended
  },

  /**
   * Removes pictures that no user points to, left by uploads and removals that failed halfway. Each run checks a few
   * keys from a random one on, so that in time every key is checked. Two runs at once do no harm.
   *
   * A deletion in R2 cannot be undone. So pictures are kept if the database is likely to be the wrong one: it never had
   * a user, it was restored within a day, or it knows less than half of the pictures.
   */
  async removeOrphans(): Promise<{ removed: number; kept: number }> {
    const at = now()
    const found = await avatars.some(randomId(), pictures)
    const old = found.flatMap(({ key, keptAt }) => (at.getTime() - keptAt.getTime() > settledMs ? key : []))
    if (old.length === 0) return { removed: 0, kept: 0 }
    const { used, doubtful } = await upkeepStore.avatarsInUse(old, at)
    const orphans = old.filter((key) => !used.includes(key))
    const many = orphans.length >= suspicious && orphans.length > old.length / 2
    if (doubtful || many) return { removed: 0, kept: orphans.length }
    await avatars.remove(orphans)
    return { removed: orphans.length, kept: 0 }
  },
})
