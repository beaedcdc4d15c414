/** Counts approximately, at the location where the request came in, without asking the database. */
export type EdgeRateLimitCounter = {
  /**
   * False if there were too many requests under this key. True also if the counter cannot be reached in time, because
   * D1 counts exactly behind it.
   */
  lets(key: string): Promise<boolean>
}
