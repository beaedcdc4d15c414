export type UpkeepStore = {
  /** Whether D1 answers. */
  ready(): Promise<boolean>
  /** Removes what has expired, a bounded number of rows of each kind. Safe to run twice at once. */
  removeExpired(input: {
    now: Date
    /**
     * Users with an id from that of `since` to below this one (ids sort by time) go that registered themselves, never verified, never logged
     * in, were not touched since and have no link that lives; undefined keeps them.
     */
    unverifiedBefore: { since: string; id: string; time: Date } | undefined
    /** Audit entries go below this id. */
    auditBefore: string
    /** Devices that were not seen since go. */
    devicesBefore: Date
    limit: number
    /** The bound for counters of limits, which are small and many. */
    counters: number
  }): Promise<number>
  /** Writes what search finds them by for so many users who lack it. Returns how many it went through. */
  mendSearch(limit: number): Promise<number>
  /** Those of the keys, 90 at most, that are some user's picture. */
  avatarsInUse(keys: string[]): Promise<string[]>
}
