/** Counts roughly, in the place where the request came in, without asking the database. */
export type EdgeRateLimitCounter = {
  /** False: there were too many under this key. True also when it cannot be asked in time, for D1 counts exactly behind it. */
  lets(key: string): Promise<boolean>
}
