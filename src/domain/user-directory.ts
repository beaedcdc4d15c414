import { auditEntry } from './audit.ts'
import type { AuditTrail, Reader } from './audit-trail.ts'
import { AuthError } from './errors.ts'
import type { Macs } from './macs.ts'
import type { Series, User, Visitor } from './model.ts'
import { type NamedSession, withDeviceNames } from './own-sessions.ts'
import type { AuditStore } from './ports/audit.ts'
import type { FactorStore, ListedFactors } from './ports/factors.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { UserDirectoryStore, UserFilter, UserPage, UserSort } from './ports/user-directory.ts'

type Needs = {
  userDirectoryStore: UserDirectoryStore
  factorStore: FactorStore
  auditStore: AuditStore
  auditTrail: AuditTrail
  macs: Macs
  now: Clock
  defer: Defer
}

const day = 86_400_000

/** What is wrong with an invalid cursor. */
export const notOfThisList = 'is not a cursor of this list: use next_cursor of the previous page'

/** Lists, searches and statistics of users for admins. Reading a user or a list is itself recorded in the audit. */
export const createUserDirectory = (needs: Needs) => {
  const { userDirectoryStore, factorStore, auditStore, auditTrail, macs, now, defer } = needs
  const tell = (actorId: string, userId: string, visitor: Visitor) =>
    defer(auditStore.add({ ...auditEntry(visitor, now()), event: 'user_read', userId, actorId }))

  return {
    /** Returns one page of users. @throws AuthError `validation_failed` for a cursor of another list */
    async list(
      reader: Reader,
      query: {
        search: string | undefined
        filter: UserFilter
        sort: UserSort
        limit: number
        offset: number
        after: string | undefined
      },
    ): Promise<UserPage> {
      const { search, filter, sort } = query
      const page = await (search === undefined && filter.externalId === undefined && !filter.mfaRequired
        ? userDirectoryStore.list(query)
        : userDirectoryStore.search(query))
      if (page) {
        const told = { ...filter, sort, search: search && macs.sign('audit', `search ${search}`) }
        auditTrail.tellListed(
          'users_listed',
          reader,
          told,
          page.users.map(({ id }) => id),
        )
        return page
      }
      throw new AuthError('validation_failed', {
        errors: [{ field: 'cursor', code: 'invalid_cursor', detail: notOfThisList }],
      })
    },

    async read(adminId: string, id: string, visitor: Visitor): Promise<User> {
      const user = await userDirectoryStore.find(id)
      if (!user) throw new AuthError('not_found')
      tell(adminId, id, visitor)
      return user
    },

    async sessionsOf(adminId: string, id: string, visitor: Visitor): Promise<NamedSession[]> {
      const found = await userDirectoryStore.sessionsOf(id, now())
      if (!found.user) throw new AuthError('not_found')
      tell(adminId, id, visitor)
      return withDeviceNames(found.sessions)
    },

    async factorsOf(adminId: string, id: string, visitor: Visitor): Promise<ListedFactors & { user: User }> {
      const found = await factorStore.readOf(id)
      if (!found) throw new AuthError('not_found')
      tell(adminId, id, visitor)
      return found
    },

    /** Returns the current totals and the history of the last `length` days (UTC, today last). */
    async statistics(length: number) {
      const today = now().getTime()
      const nameOf = (time: number) => new Date(time).toISOString().slice(0, 10)
      const namesFrom = (first: number) =>
        Array.from({ length: Math.floor((today - first) / day) + 1 }, (_, later) => nameOf(first + later * day))
      const since = today - (length - 1) * day
      // The month that the first day belongs to, so that the current month is never left out.
      const monthOf = new Date(since).setUTCDate(1)
      const days = namesFrom(since)
      const periods = namesFrom(monthOf)
      const {
        totals,
        sessions,
        totpUsers,
        passkeyUsers,
        cronRanAt,
        cronFaults,
        awaitingMigration,
        failedMails,
        days: counted,
      } = await userDirectoryStore.statistics(days[0]!, periods[0]!)
      const total = (kind: (row: (typeof totals)[number]) => boolean) =>
        totals.filter(kind).reduce((sum, row) => sum + row.count, 0)
      const series = (metric: Series, named = days) =>
        named.map((day) => ({
          day,
          count: counted.find((row) => row.metric === metric && row.day === day)?.count ?? 0,
        }))
      const registrations = series('registrations')
      return {
        users: total(() => true),
        verified: total((row) => row.verified),
        unverified: total((row) => !row.verified),
        admins: total((row) => row.role === 'admin'),
        disabled: total((row) => row.status === 'disabled'),
        sessions,
        totpUsers,
        passkeyUsers,
        cronRanAt,
        cronFaults,
        awaitingMigration,
        failedMails,
        recentRegistrations: registrations.slice(-7).reduce((sum, { count }) => sum + count, 0),
        registrations,
        logins: series('logins'),
        failures: series('failures'),
        activeUsers: series('active'),
        activeByWeek: series(
          'active_week',
          periods.filter((name) => new Date(name).getUTCDay() === 1),
        ),
        activeByMonth: series(
          'active_month',
          periods.filter((name) => name.endsWith('-01')),
        ),
        mailsSent: series('mails_sent'),
        mailsFailed: series('mails_failed'),
        factorsAdded: series('factors'),
      }
    },
  }
}
