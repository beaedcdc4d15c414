import type { AuditEntry, Limit, Mail, Passkey, Refused, SignedIn, User } from '../model.ts'
import type { SpentChallenge } from '../passkey-challenges.ts'
import type { CodeSet, FactorChange, FactorRemoval, Unchanged } from './factors.ts'

/** A new passkey, before it has a user. */
export type NewPasskey = Omit<Passkey, 'userId' | 'createdAt' | 'lastUsedAt' | 'userHandle'>

/** A user and all their passkeys. */
export type PasskeyOwner = { user: User; passkeys: Passkey[] }

export type PasskeyStore = {
  /** Reads the user of a live session. */
  read(sid: string, now: Date): Promise<PasskeyOwner | undefined>
  /** Reads an active user. */
  readOf(userId: string): Promise<PasskeyOwner | undefined>
  /**
   * Reads the passkey with this id and its owner, if active, and takes a place under each limit. `used`: whether the
   * challenge was used before.
   */
  find(input: {
    credentialId: string
    limits: Limit[]
    challenge: SpentChallenge
    now: Date
  }): Promise<Refused | { passkey: Passkey | undefined; owner: PasskeyOwner | undefined; used: boolean }>
  /**
   * Adds a passkey to a user with a verified address who has fewer than `most`, and uses up the challenge. The session
   * moves to its next generation and counts as a session with two factors; all other sessions end. With the first
   * factor the user gets the recovery codes, and `codesKept` is true. Undefined if the session has ended.
   */
  add(
    input: FactorChange & {
      passkey: NewPasskey
      most: number
      codes: CodeSet
      challenge: SpentChallenge
      next: { nonce: string; amr: string; idleMs: number }
    },
  ): Promise<
    | Unchanged
    | { signedIn: SignedIn; passkeys: Passkey[]; codesKept: boolean; ended: string[]; mails: Mail[] }
    | undefined
  >
  /** Undefined if the session has ended; `gone` if the user has no such passkey. */
  rename(input: {
    sid: string
    id: string
    name: string
    audit: AuditEntry
    now: Date
  }): Promise<Passkey | 'gone' | undefined>
  /** Removes a passkey of the session's user and ends all other sessions. Undefined if the session has ended. */
  remove(input: FactorRemoval): Promise<Unchanged | { passkeys: Passkey[]; ended: string[]; mails: Mail[] } | undefined>
}
