import type { AuditEntry, User } from '../model.ts'

export type SessionStore = {
  /** Reads the active user of a live session. */
  read(sid: string, now: Date): Promise<User | undefined>
  /** Ends the sessions and returns the ids of those that it ended, even if the answer of a first attempt was lost. */
  end(sids: string[], audit: AuditEntry[]): Promise<string[]>
}
