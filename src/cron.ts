import { logError } from './log.ts'
import { elapsed, newMeter, withMeter } from './meter.ts'
import type { Services } from './services.ts'

/**
 * Runs every minute: sends due mails, ends freezes, erases accounts, removes expired rows and unused pictures, updates
 * search texts, writes backups, archives the audit, and then alerts the operators to problems. Each part runs even if
 * another one fails. At last it notes that it ran.
 */
export const runCron = async (
  services: Pick<
    Services,
    'mailDelivery' | 'upkeep' | 'report' | 'accountDeletion' | 'wayBack' | 'alerts' | 'backups' | 'auditArchive'
  >,
) => {
  const { mailDelivery, upkeep, report, accountDeletion, wayBack, alerts, backups, auditArchive } = services
  const meter = newMeter()
  await withMeter(meter, async () => {
    const [mails, removed, pictures, erased, thawed, searched, backedUp, archived] = await Promise.allSettled([
      mailDelivery.deliverDue(),
      upkeep.removeExpired(),
      upkeep.removeOrphans(),
      accountDeletion.eraseDue(),
      wayBack.endDue(),
      upkeep.mendSearch(),
      backups.run(),
      auditArchive.run(),
    ])
    const late = resultOf(backedUp)?.late ?? true
    const [alerted] = await Promise.allSettled([alerts.raise(meter.databaseBytes, meter.mailsSent, late)])
    const parts = [mails, removed, pictures, erased, thawed, searched, backedUp, archived, alerted]
    const faults = parts.filter((result) => result.status === 'rejected')
    for (const { reason } of faults) logError('scheduled', reason)
    await upkeep.noteRun(faults.length).catch((error: unknown) => logError('scheduled', error))
    report(meter, {
      at: 'cron',
      operation: 'cron',
      ms: elapsed(meter),
      waiting: resultOf(mails)?.waiting || undefined,
      removed: resultOf(removed) || undefined,
      pictures: resultOf(pictures)?.removed || undefined,
      pictures_kept: resultOf(pictures)?.kept || undefined,
      erased: resultOf(erased) || undefined,
      thawed: resultOf(thawed) || undefined,
      searched: resultOf(searched) || undefined,
      backup_portions: resultOf(backedUp)?.portions || undefined,
      archived: resultOf(archived) || undefined,
      alerts: resultOf(alerted)?.sent || undefined,
      alerts_failed: resultOf(alerted)?.failed || undefined,
      faults: faults.length || undefined,
    })
  })
}

const resultOf = <T>(result: PromiseSettledResult<T>): T | undefined =>
  result.status === 'fulfilled' ? result.value : undefined
