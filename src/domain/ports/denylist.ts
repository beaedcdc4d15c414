/**
 * Ended sessions, for Workers that verify access tokens without asking D1. A missing entry proves nothing: entries may
 * arrive late.
 */
export type Denylist = {
  /** Best effort: never throws. */
  add(sids: string[], now: Date): Promise<void>
  /** Also false if the list cannot be read in time. */
  has(sid: string): Promise<boolean>
}
