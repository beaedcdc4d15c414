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
    /** Rows of a portion; a large table has larger portions. */
    portion: number
    /** Rows of a portion of the rate limit counters, which are small and many. */
    counters: number
    /** The most audit entries to remove. */
    entries: number
  }): Promise<number>
  /** Rewrites the search text of up to `limit` users whose text is outdated. Returns how many it processed. */
  mendSearch(limit: number): Promise<number>
  /**
   * Returns those of the keys, 90 at most, that are the picture of a user; and whether the database never had a user, or
   * is being restored or was until less than a day ago.
   */
  avatarsInUse(keys: string[], now: Date): Promise<{ used: string[]; doubtful: boolean }>
}
