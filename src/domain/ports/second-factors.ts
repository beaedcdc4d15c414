import type { Limit, Mail, RecoveryCodes, Refused, SecondFactor, Told, Totp, User } from '../model.ts'
import type { InWindow } from './audit.ts'
import type { NewFactor } from './log-in-enrolments.ts'

/** What codes of a user are checked against. */
export type HeldFactors = { apps: Totp[]; recovery: RecoveryCodes | undefined }

/** A second factor that was right, for the write that uses it up. */
export type Second = {
  factor: SecondFactor
  /** The limits that may refuse it all the same. */
  limits: Limit[]
  /** How many recovery codes are left after this, if the user should know. */
  left: number | undefined
  /** For a recovery code, and for a passkey that may have been copied. */
  told: Told | undefined
  /** Set if the factor is new: the write that starts the session adds it first. */
  enrols?: NewFactor
}

export type SecondFactorStore = {
  /** Reads an active user, and what codes of this user are checked against. */
  read(userId: string): Promise<(HeldFactors & { user: User }) | undefined>
  /** Takes a place under each limit for a code that was wrong. */
  reserve(limits: Limit[], now: Date): Promise<Refused | undefined>
  /**
   * Records a wrong code in the audit, in one entry for each window. From the third in a window of `counter` on, the
   * owner is mailed, at most once in `quietMs`.
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
