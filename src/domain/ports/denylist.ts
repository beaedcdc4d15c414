/** Sessions that ended, for Workers that verify access tokens without asking D1. It may only say no, and may say it late. */
export type Denylist = {
  /** Best effort: never throws. */
  add(sids: string[], now: Date): Promise<void>
  /** False also when the list cannot be read in time. */
  has(sid: string): Promise<boolean>
}
