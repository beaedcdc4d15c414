import { logError } from './log.ts'
import { elapsed, metered, newMeter } from './meter.ts'
import type { Services } from './services.ts'

/** Every minute: mails that are due, what has expired, pictures that nobody has, and users whom search does not find yet. One fails without the others. */
export const runCron = async ({ outbox, upkeep, report }: Pick<Services, 'outbox' | 'upkeep' | 'report'>) => {
  const meter = newMeter()
  await metered(meter, async () => {
    const [mails, removed, pictures, searched] = await Promise.allSettled([
      outbox.deliverDue(),
      upkeep.removeExpired(),
      upkeep.removeOrphans(),
      upkeep.mendSearch(),
    ])
    const faults = [mails, removed, pictures, searched].filter((result) => result.status === 'rejected')
    for (const { reason } of faults) logError('scheduled', reason)
    report(meter, {
      at: 'cron',
      operation: 'cron',
      ms: elapsed(meter),
      waiting: resultOf(mails)?.waiting || undefined,
      removed: resultOf(removed) || undefined,
      pictures: resultOf(pictures) || undefined,
      searched: resultOf(searched) || undefined,
      faults: faults.length || undefined,
    })
  })
}

const resultOf = <T>(result: PromiseSettledResult<T>): T | undefined =>
  result.status === 'fulfilled' ? result.value : undefined
