/** The problems that operators are alerted to. */
export type Alert = 'outbox' | 'spraying' | 'mail_quota' | 'database' | 'backups'

export type AlertStore = {
  /** Returns the problems that the rows show: mails due before `late`, or audit events from the given ids on. */
  holding(input: { late: Date; spraySince: string; quotaSince: string }): Promise<Alert[]>
  /** Marks an alert as sent until a time. False if it is already marked, so that two runs at once send it once. */
  claim(alert: Alert, now: Date, until: Date): Promise<boolean>
  /** Changes the time until which the alert is marked. */
  extend(alert: Alert, until: Date): Promise<void>
}

/** Alerts the operators by every configured channel. False if no channel worked. */
export type AlertSender = (alert: Alert, says: string, now: Date) => Promise<boolean>
