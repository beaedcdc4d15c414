import type { Series, Session, User } from '../model.ts'

export type UserFilter = {
  role?: User['role']
  status?: User['status']
  verified?: boolean
  /** Only users of whom an admin requires a second factor. */
  mfaRequired?: true
  externalId?: string
  /**
   * Users who have no password yet: invited ones, and ones whose password was dropped because anybody may have chosen
   * it. No other filter can be combined with this one.
   */
  invited?: boolean
}

export type UserSort = 'created_at' | '-created_at' | 'email' | '-email' | 'last_login_at' | '-last_login_at'

export type UserPage = { users: User[]; total: number; totalIsExact: boolean; next: string | undefined }

export type UserDirectoryStore = {
  /** `after`: `next` of the previous page. Undefined if it belongs to another list. */
  list(input: {
    filter: UserFilter
    sort: UserSort
    limit: number
    offset: number
    after: string | undefined
  }): Promise<UserPage | undefined>
  /** Newest first. The total is counted up to a bound; `totalIsExact` is false if there are more. */
  search(input: {
    /** Undefined: the user with the external id of the filter, or the users of whom a second factor is required. */
    search: string | undefined
    filter: UserFilter
    limit: number
    offset: number
    after: string | undefined
  }): Promise<UserPage | undefined>
  find(id: string): Promise<User | undefined>
  sessionsOf(id: string, now: Date): Promise<{ user: User | undefined; sessions: Session[] }>
  /** Days are `YYYY-MM-DD`. @param periodsSince the first day for series of weeks and months */
  statistics(
    since: string,
    periodsSince: string,
  ): Promise<{
    totals: { role: string; status: string; verified: boolean; count: number }[]
    sessions: number
    /** Users with an authenticator app. */
    totpUsers: number
    /** When the cron last noted a run, in milliseconds; 0: never. */
    cronRanAt: number
    /** How many parts of that run failed. */
    cronFaults: number
    passkeyUsers: number
    /** Users whose password the old system still has. */
    awaitingMigration: number
    /** Mails that failed and were not sent since, counted up to a hundred. */
    failedMails: number
    days: { day: string; metric: Series; count: number }[]
  }>
}
