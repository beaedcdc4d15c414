export type UpkeepStore = {
  /** Whether D1 answers. */
  ready(): Promise<boolean>
  /**
   * Removes expired rows from the next portion of each table, and audit entries from the oldest on. Returns how many it
   * removed. Two runs at once do no harm.
   */
  removeExpired(input: {
    now: Date
    /**
     * Removes users with ids below `id` (ids sort by time) who registered themselves, never verified the address, never
     * logged in, were not changed since `time` and have no valid link. Undefined removes none.
     */
    unverifiedBefore: { id: string; time: Date } | undefined
    /** Removes audit entries below this id. */
    auditBefore: string
    /** Removes devices last seen before this time. */
    devicesBefore: Date
    /** The rows that one portion checks. A large table has larger portions. */
    portion: number
    /** The rows that one portion of the rate limit counters checks: they are small and many. */
    counters: number
    /** The most audit entries to remove. */
    entries: number
  }): Promise<number>
  /**
   * Notes when the cron ran, once an hour, and how many of its parts failed, as soon as that changes: a note of every
   * run would write a row each minute.
   */
  noteRun(input: { now: Date; faults: number }): Promise<void>
  /** Rewrites the search text of up to `limit` users whose text is outdated. Returns how many it processed. */
  mendSearch(limit: number): Promise<number>
  /**
   * Returns which of the keys, at most 90, are pictures of users. `doubtful`: the database never had a user, is being
   * restored, or was restored within the last day.
   */
  avatarsInUse(keys: string[], now: Date): Promise<{ used: string[]; doubtful: boolean }>
}
