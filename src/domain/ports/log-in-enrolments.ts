import type { AuditEntry, Limit, Mail, MailLimit, Refused, Totp } from '../model.ts'
import type { CodeSet } from './factors.ts'
import type { NewPasskey } from './passkeys.ts'

/**
 * A new factor. The write that starts a session adds it, and it then proves that session. Only for a user with a
 * verified address who has no second factor.
 */
export type NewFactor = ({ totp: Pick<Totp, 'id' | 'secret' | 'name'> } | { passkey: NewPasskey }) & {
  codes: CodeSet
  notice: { id: string; lifetimeMs: number; detail: Record<string, string> }
  audit: AuditEntry
}

/** A user whose password was right, with the hash that was read. */
type Passed = { userId: string; passwordHash: string }

export type LogInEnrolmentStore = {
  /** Mails a code, if the user still has this password and no second factor. Undefined otherwise. */
  mailCode(
    input: Passed & {
      mailId: string
      limits: MailLimit[]
      lifetimeMs: number
      detail: Record<string, string>
      /** The language of whoever asks. */
      language: string | null
      now: Date
    },
  ): Promise<Refused | Mail | undefined>
  /**
   * Uses up the code of a mail, once, while the limits of wrong codes are open and the user still has the address that
   * it was sent to. Returns whether it counted.
   */
  useCode(input: { userId: string; mailId: string; nonce: string; limits: Limit[]; now: Date }): Promise<boolean>
}
