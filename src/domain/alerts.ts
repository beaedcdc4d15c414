import type { Settings } from '../settings.ts'
import { leastId } from './ids.ts'
import type { Alert, AlertSender, AlertStore } from './ports/alerts.ts'
import type { Clock } from './ports/outside.ts'

const minute = 60_000
const day = 86_400_000

/** Bytes: 80 % of the 10 GB that D1 allows a database. A full database accepts no writes. */
const nearlyFull = 8_000_000_000

/** Milliseconds after which a due mail is late, and suspected spraying no longer counts as current. */
const lateMs = 15 * minute
/** Milliseconds after which an alert that could not be sent is tried again. */
const againMs = 10 * minute

/** The texts of the alerts. They contain no personal data. */
const sentences: Record<Alert, string> = {
  outbox: 'Mails are waiting and none are being sent.',
  spraying: 'Many log-ins are failing for many addresses: somebody is guessing passwords.',
  mail_quota: '80 % of the daily mail quota is used. Mails for registrations are waiting.',
  database: 'The database has passed 80 % of its 10 GB. A full one accepts no writes.',
  backups: 'Backups fail, or the newest one takes longer than twice BACKUP_EVERY_HOURS.',
}

type Needs = {
  alertStore: AlertStore
  alertSender: AlertSender
  settings: Pick<Settings, 'alerts'>
  now: Clock
}

export const createAlerts = ({ alertStore, alertSender, settings, now }: Needs) => ({
  /**
   * Alerts the operators to each problem that exists now, at most once a day.
   * @param databaseBytes undefined if no statement reported the size
   * @param mailsSent how many mails this run of the cron sent; if it sent any, the outbox is not stuck
   * @param backupsLate whether backups fail, or the newest one takes too long
   * @returns how many alerts were sent, and how many could not be
   */
  async raise(
    databaseBytes: number | undefined,
    mailsSent: number,
    backupsLate: boolean,
  ): Promise<{ sent: number; failed: number }> {
    const count = { sent: 0, failed: 0 }
    if (!settings.alerts) return count
    const at = now()
    const found = await alertStore.holding({
      late: new Date(at.getTime() - lateMs),
      spraySince: leastId(new Date(at.getTime() - lateMs)),
      quotaSince: leastId(new Date(Math.floor(at.getTime() / day) * day)),
    })
    const holding: Alert[] = found.filter((one) => one !== 'outbox' || mailsSent === 0)
    if ((databaseBytes ?? 0) >= nearlyFull) holding.push('database')
    if (backupsLate) holding.push('backups')
    for (const alert of holding) {
      if (!(await alertStore.claim(alert, at, new Date(at.getTime() + againMs)))) continue
      const sent = await alertSender(alert, sentences[alert], at)
      if (sent) await alertStore.extend(alert, new Date(at.getTime() + day))
      count[sent ? 'sent' : 'failed']++
    }
    return count
  },
})
