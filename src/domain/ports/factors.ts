import type {
  AuditEntry,
  FullProof,
  Limit,
  Mail,
  MfaRequired,
  Passkey,
  RecoveryCodes,
  Refused,
  SignedIn,
  Totp,
  User,
} from '../model.ts'

/** An authenticator app, without its seed. */
export type TotpApp = Pick<Totp, 'id' | 'name' | 'createdAt' | 'lastUsedAt'>

/** The second factors of a user, without anything that proves them. */
export type ListedFactors = {
  totp: TotpApp[]
  passkeys: Passkey[]
  recoveryCodes: Pick<RecoveryCodes, 'used' | 'createdAt'> | undefined
}

/** A change of factors in a live session. Each one mails a notice to the owner. */
export type FactorChange = {
  sid: string
  full: FullProof
  limits: Limit[]
  /** The counters of wrong passwords that a right one clears. */
  cleared: string[]
  notice: { id: string; lifetimeMs: number; detail: Record<string, string> }
  audit: AuditEntry
  now: Date
}

/** What decides whether a user can do without a factor. `byMail`: whether users may log in by mail. */
export type RemovalRules = { mfaRequired: MfaRequired; byMail: boolean }

/**
 * A removal of one factor. Refused with `last_factor` for the last one of a user who must have a factor, and for the last
 * passkey that is enough to log in of a user who has no password, unless users may log in by mail.
 */
export type FactorRemoval = FactorChange & RemovalRules & { id: string }

/** New recovery codes: hashes only. */
export type CodeSet = Pick<RecoveryCodes, 'setId' | 'hashes'>

/**
 * Why nothing was changed. `unproven`: the proof was used before, or the password changed meanwhile. `gone`: there is
 * no such factor, or the enrolment was confirmed before. `last_factor`: the account would have no way in, or no second
 * factor although it must have one.
 */
export type Unchanged = Refused | 'unproven' | 'unverified' | 'factor_limit' | 'last_factor' | 'gone'

export type FactorStore = {
  /** Reads the user of a live session and their factors. */
  read(sid: string, now: Date): Promise<(ListedFactors & { user: User }) | undefined>
  /** Reads any user and their factors. */
  readOf(userId: string): Promise<(ListedFactors & { user: User }) | undefined>
  /**
   * Adds an authenticator app to a user with a verified address who has fewer than `most`. The session moves to its
   * next generation and counts as a session with two factors; all other sessions end. With the first app the user gets
   * the recovery codes, and `codesKept` is true. Undefined if the session has ended.
   */
  addTotp(
    input: FactorChange & {
      app: { id: string; secret: string; lastStep: number; name: string | null }
      most: number
      codes: CodeSet
      next: { nonce: string; amr: string; idleMs: number }
    },
  ): Promise<Unchanged | { signedIn: SignedIn; codesKept: boolean; ended: string[]; mails: Mail[] } | undefined>
  /** Undefined if the session has ended; `gone` if the user has no such app. */
  renameTotp(input: {
    sid: string
    id: string
    name: string | null
    audit: AuditEntry
    now: Date
  }): Promise<TotpApp | 'gone' | undefined>
  /** Replaces all recovery codes of a user who has another factor. Undefined if the session has ended. */
  replaceCodes(input: FactorChange & { codes: CodeSet }): Promise<Unchanged | { mails: Mail[] } | undefined>
}
