/** The states that operators are told of. */
export type Alert = 'outbox' | 'spraying' | 'mail_quota' | 'database' | 'backups'

export type AlertStore = {
  /** Which states hold that rows tell: mails that are `late`, or events of the audit from these ids on. */
  holding(input: { late: Date; spraySince: string; quotaSince: string }): Promise<Alert[]>
  /** Marks an alert as sent until a time. False if it is marked already: two runs at once send it once. */
  claim(alert: Alert, now: Date, until: Date): Promise<boolean>
  /** Moves the end of that mark. */
  extend(alert: Alert, until: Date): Promise<void>
}

/** Tells the operators, by each way that is set. False if no way worked. */
export type AlertSender = (alert: Alert, says: string, now: Date) => Promise<boolean>
