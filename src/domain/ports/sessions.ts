import type { AuditEntry, User } from '../model.ts'

export type SessionStore = {
  /** The active user of a live session. */
  read(sid: string, now: Date): Promise<User | undefined>
  /** Ends the sessions; returns the ids of those that it ended, also where the answer of the first try was lost. */
  end(sids: string[], audit: AuditEntry[]): Promise<string[]>
}
