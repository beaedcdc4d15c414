import type { Session, User } from '../model.ts'

export type UserFilter = {
  role?: User['role']
  status?: User['status']
  verified?: boolean
  externalId?: string
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
    /** Undefined: the user with the external id of the filter. */
    search: string | undefined
    filter: UserFilter
    limit: number
    offset: number
    after: string | undefined
  }): Promise<UserPage | undefined>
  find(id: string): Promise<User | undefined>
  sessionsOf(id: string, now: Date): Promise<{ user: User | undefined; sessions: Session[] }>
  statistics(since: string): Promise<{
    totals: { role: string; status: string; verified: boolean; count: number }[]
    sessions: number
    /** Users with an authenticator app. */
    totpUsers: number
    passkeyUsers: number
    /** Users whose password the old system still has. */
    awaitingMigration: number
    days: { day: string; metric: 'registrations' | 'logins'; count: number }[]
  }>
}
