import type { Stats } from '../../../client/index.ts'
import { time } from '../times.ts'
import { word } from '../words.ts'

/** Milliseconds after which the cron is late: it notes one run an hour. */
const lateMs = 75 * 60_000

/** Returns what is known of the cron: when it ran, in words, and whether that was too long ago. */
export const cronState = ({ cron_ran_at: at }: Stats) => ({
  late: at !== null && Date.now() - Date.parse(at) > lateMs,
  said: at === null ? word('console.cron.never') : word('console.cron.ran', { time: time(at) }),
})
