import type { AuditEntry, TrustedDevice } from '../model.ts'

/** A device that becomes trusted, for the write that starts a session. */
export type NewTrust = Pick<TrustedDevice, 'id' | 'name' | 'expiresAt'> & {
  /** The most trusted devices of a user; the oldest gives way. */
  keep: number
  audit: AuditEntry
}

/** The trusted devices of the signed-in user. `session-start` adds them. */
export type TrustedDeviceStore = {
  /** Returns the devices that are still trusted, the newest first. Undefined if the session has ended. */
  list(sid: string, now: Date): Promise<TrustedDevice[] | undefined>
  /**
   * Forgets one device of the session's user, or, if `id` is undefined, all of them. False if there was no such device;
   * undefined if the session has ended.
   */
  forget(input: { sid: string; id: string | undefined; audit: AuditEntry; now: Date }): Promise<boolean | undefined>
}
