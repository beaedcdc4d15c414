import type { AuditEntry, Mail, Refused, User } from '../model.ts'

/** The result of an admin's write. `forbidden`: the caller is no longer an admin. */
export type Administered<T> =
  | T
  | Refused
  | 'forbidden'
  | 'not_found'
  | 'own_account'
  | 'last_admin'
  | 'email_taken'
  | 'external_id_taken'

/** `writes`: the rate limit of one admin; `window` is in milliseconds. */
export type AdminWrite = { sid: string; audit: AuditEntry; now: Date; writes: { limit: number; window: number } }

export type AdministrationStore = {
  /** `unowned`: the user has a password and an unverified address, which anybody may have registered. */
  setRole(input: AdminWrite & { id: string; role: User['role'] }): Promise<Administered<{ user: User }> | 'unowned'>
  setStatus(
    input: AdminWrite & { id: string; status: User['status'] },
  ): Promise<Administered<{ user: User; ended: string[] }>>
  requestPasswordReset(
    input: AdminWrite & { id: string; mailId: string; lifetimesMs: { reset: number; invite: number } },
  ): Promise<Administered<{ mail: Mail | undefined }>>
  endSessions(input: AdminWrite & { id: string }): Promise<Administered<{ ended: string[] }>>
}
