import type {
  AuditEntry,
  Limit,
  Mail,
  MailProof,
  MfaRequired,
  PasskeyAlone,
  Proof,
  Refused,
  SignedIn,
} from '../model.ts'
import type { InWindow } from './audit.ts'
import type { HeldFactors, Second } from './second-factors.ts'

export type ReauthenticationStore = {
  /** Reads the active user of a live session, on request with the factors, and takes a place under each limit. */
  readLimited(input: {
    sid: string
    limits: Limit[]
    withFactors?: boolean
    now: Date
  }): Promise<Refused | (SignedIn & { held: HeldFactors }) | undefined>
  /**
   * Moves the session to its next generation with a new `authTime` and proof. Undefined if the session has ended, the
   * password changed or the mail was used, or if the account has or needs a second factor that neither `by` nor
   * `second` proves.
   */
  renew(input: {
    sid: string
    nonce: string
    /** The id of the proof that the reply gives. */
    proof: string
    by: Proof | PasskeyAlone | MailProof
    second: Second | undefined
    /** The audit entry of a recovery that ends because a second factor was given; undefined if none was. */
    factorFound: AuditEntry | undefined
    mfaRequired: MfaRequired
    idleMs: number
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<(SignedIn & { mails: Mail[] }) | undefined>
  /**
   * Counts a wrong password that was given in the session or with a link it requested: in the audit, where failures of
   * one window share an entry, and under each limit of `counted`. If the session's own `counters` are exhausted, the
   * session ends and its owner is mailed. Undefined if it continues.
   */
  noteWrongPassword(input: {
    sid: string
    counters: string[]
    counted: Limit[]
    failure: InWindow
    ending: AuditEntry
    noticeId: string
    noticeLifetimeMs: number
    now: Date
  }): Promise<{ mail: Mail | undefined } | undefined>
}
