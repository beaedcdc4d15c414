import type { AuditRow, Session, TrustedDevice, User } from '../model.ts'
import type { ListedFactors } from './factors.ts'

export type Holdings = {
  user: User
  sessions: Session[]
  factors: ListedFactors
  devices: { name: string; firstSeenAt: Date; lastSeenAt: Date }[]
  trustedDevices: TrustedDevice[]
  mails: { kind: string; address: string; createdAt: Date; sentAt: Date | null }[]
  audit: AuditRow[]
}

export type DataExportStore = {
  /** Returns all data held on the session's user. */
  holdings(sid: string, now: Date): Promise<Holdings | undefined>
  /** Returns the audit entries of the session's user from the id `since` on, newest first. */
  activity(sid: string, since: string, now: Date): Promise<AuditRow[] | undefined>
}
