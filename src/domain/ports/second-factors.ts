import type { AuditEntry, Limit, Mail, RecoveryCodes, Refused, SecondFactor, Totp, User } from '../model.ts'
import type { InWindow } from './audit.ts'

/** The second factors of a user that codes belong to. */
export type HeldFactors = { apps: Totp[]; recovery: RecoveryCodes | undefined }

/** A second factor that was right, for the write that uses it up. */
export type Second = {
  factor: SecondFactor
  /** The limits that may refuse it all the same. */
  limits: Limit[]
  /** How many recovery codes are left after this, if the user should know. */
  left: number | undefined
  /** The record of a recovery code, and the mail that tells its owner. A passkey has none. */
  told: { audit: AuditEntry; mailId: string; lifetimeMs: number; detail: Record<string, string> } | undefined
}

export type SecondFactorStore = {
  /** Reads an active user with these factors. */
  read(userId: string): Promise<(HeldFactors & { user: User }) | undefined>
  /** Takes a place under each limit for a code that was wrong. */
  reserve(limits: Limit[], now: Date): Promise<Refused | undefined>
  /**
   * Records a wrong code in the audit, where those of one window share an entry. From the third in a window of the
   * `counter` on, the owner is mailed, once in `quietMs`.
   */
  noteWrong(input: {
    userId: string
    counter: string
    failure: InWindow
    noticeId: string
    noticeLifetimeMs: number
    quietMs: number
    now: Date
  }): Promise<Mail | undefined>
}
