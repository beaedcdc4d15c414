import type {
  AuditEntry,
  Limit,
  Mail,
  MailProof,
  MfaRequired,
  Migrated,
  PasskeyAlone,
  Proof,
  Refused,
  Session,
  User,
} from '../model.ts'
import type { Second } from './second-factors.ts'
import type { NewTrust } from './trusted-devices.ts'

export type SessionStartStore = {
  /**
   * Starts the session if the proof of its user is still valid, and ends the session it replaces and the oldest ones
   * beyond `keep`. Otherwise returns the user as now stored. For a user who has or needs a second factor, `second` is
   * required unless the proof is a passkey or the device is trusted. A factor that `second` enrols is added first. With a
   * mail as the proof, the user is read by the same batch; `usable` tells whether that mail can still be used.
   */
  start(input: {
    session: Session
    proof: Proof | Migrated | PasskeyAlone | MailProof
    second: Second | undefined
    /** The id of the trusted device that replaces the second factor. */
    trusted: string | undefined
    /** The audit entry of a recovery that ends because a second factor was given; undefined if none was. */
    factorFound: AuditEntry | undefined
    /** A device that becomes trusted. */
    trust: NewTrust | undefined
    mfaRequired: MfaRequired
    verifiedOnly: boolean
    /** A session of the same user whose token, current or succeeded within the grace time, came with the request. */
    replaces: { sid: string; generation: number; graceMs: number; audit: AuditEntry } | undefined
    keep: number
    cleared: string[]
    /** Places taken at `at` that are given back: successful log-ins do not count against a network. */
    returned: { limits: Limit[]; at: Date }
    audit: AuditEntry
    /** The entry about what a mail does besides: it may create the user, or verify the address. */
    audited: AuditEntry
    /** Browser, OS and country. The owner is mailed when it is new, except on the first log-in ever. */
    device: { name: string; mailId: string; lifetimeMs: number; detail: Record<string, string> }
    now: Date
  }): Promise<
    | { ended: string[]; mails: Mail[]; user: User | undefined; proof: string | null }
    | { changed: User | undefined; usable: boolean }
    | Refused
  >
}
