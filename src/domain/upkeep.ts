import type { Settings } from '../settings.ts'
import { leastId, randomId } from './ids.ts'
import type { OwnAvatarStore } from './ports/avatars.ts'
import type { Clock } from './ports/outside.ts'
import type { UpkeepStore } from './ports/upkeep.ts'

const day = 86_400_000

/** Accounts that registered themselves and that nobody verified go after so many milliseconds. */
const unverifiedLifetime = 30 * day

/**
 * Ids of so many milliseconds before that are looked at in every run; older ones once an hour. A user who was imported or invited
 * stays, verified or not, and would be read each minute.
 */
const unverifiedWindow = 7 * day

/** Devices go that nobody logged in with for so many milliseconds. By then their cookies are gone too. */
const deviceLifetime = 400 * day

/** Rows of each kind that one statement removes, and statements that one run makes: bounded, for runs come every minute. */
const chunk = 500
const chunks = 10

/** Users that one statement writes anew for search, and such statements of one run: a million take a day or less. */
const rewritten = 200
const rewrites = 5
/** Counters, in place of 500: a thousand networks that guess leave more of them each minute than of anything else. */
const counters = 2000

/** Pictures that one run looks at: as many as one statement may ask about. */
const pictures = 90

/** Milliseconds after which a picture that nobody points to is no upload on its way any more. */
const settled = 60 * 60_000

/** The least id that could have been made so many milliseconds ago: ids sort by time. */
const idBefore = (now: Date, age: number) => leastId(new Date(now.getTime() - age))

type Needs = {
  upkeepStore: UpkeepStore
  avatars: Pick<OwnAvatarStore, 'some' | 'remove'>
  settings: Pick<Settings, 'verificationRequired' | 'auditRetentionDays'>
  now: Clock
}

export const createUpkeep = ({ upkeepStore, avatars, settings, now }: Needs) => ({
  ready: upkeepStore.ready,

  /** Removes what has expired. Safe to run twice at once, and to be cut off. Returns how many rows went. */
  async removeExpired(): Promise<number> {
    const at = now()
    let removed = 0
    for (let round = 0; round < chunks; round++) {
      const gone = await upkeepStore.removeExpired({
        now: at,
        unverifiedBefore: settings.verificationRequired
          ? {
              since: at.getUTCMinutes() === 0 ? '' : idBefore(at, unverifiedLifetime + unverifiedWindow),
              id: idBefore(at, unverifiedLifetime),
              time: new Date(at.getTime() - unverifiedLifetime),
            }
          : undefined,
        auditBefore: idBefore(at, settings.auditRetentionDays * day),
        devicesBefore: new Date(at.getTime() - deviceLifetime),
        limit: chunk,
        counters,
      })
      removed += gone
      if (gone < chunk) break
    }
    return removed
  },

  /** Makes people found who were written down before search knew their spelling. Returns how many rows it went through. */
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
   * Removes pictures that no user points to: of uploads and removals that failed halfway. Each run looks at a few, from
   * anywhere on; keys are random, so that in time every one is among them. Safe to run twice at once. Returns how many went.
   */
  async removeOrphans(): Promise<number> {
    const at = now().getTime()
    const found = await avatars.some(randomId(), pictures)
    const old = found.flatMap(({ key, keptAt }) => (at - keptAt.getTime() > settled ? key : []))
    if (old.length === 0) return 0
    const used = new Set(await upkeepStore.avatarsInUse(old))
    const orphans = old.filter((key) => !used.has(key))
    await avatars.remove(orphans)
    return orphans.length
  },
})
