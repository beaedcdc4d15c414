import type { AuditRow, Session, User } from '../model.ts'

export type Holdings = {
  user: User
  sessions: Session[]
  devices: { name: string; firstSeenAt: Date; lastSeenAt: Date }[]
  mails: { kind: string; address: string; createdAt: Date; sentAt: Date | null }[]
  audit: AuditRow[]
}

export type DataExportStore = {
  /** All that is held on the user of the session. */
  holdings(sid: string, now: Date): Promise<Holdings | undefined>
}
