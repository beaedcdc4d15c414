import { type AuditEvent, auditEntry } from './audit.ts'
import { AuthError } from './errors.ts'
import { leastId } from './ids.ts'
import { type NamedSession, named } from './own-sessions.ts'
import type {
  Audit,
  AuditRow,
  Clock,
  Defer,
  Directory,
  Sessions,
  User,
  UserFilter,
  UserPage,
  UserSort,
  Visitor,
} from './ports.ts'

type Needs = { directory: Directory; sessions: Sessions; audit: Audit; now: Clock; defer: Defer }

const day = 86_400_000

/** Days of history that statistics show. */
const history = 30

/** What admins read. Reading a person is itself an event of the audit. */
export const directoryService = ({ directory, sessions, audit, now, defer }: Needs) => {
  const tell = (actorId: string, userId: string, visitor: Visitor) =>
    defer(audit.add({ ...auditEntry(visitor, now()), event: 'user_read', userId, actorId }))

  return {
    /** The admin of a live session, as the database has them now. @throws AuthError `invalid_token`, `forbidden` */
    async admin(sid: string): Promise<User> {
      const user = await sessions.read(sid, now())
      if (!user) throw new AuthError('invalid_token')
      if (user.role !== 'admin') throw new AuthError('forbidden')
      return user
    },

    /** @throws AuthError `validation_failed` for a cursor that was made for another list */
    async list(query: {
      search: string | undefined
      filter: UserFilter
      sort: UserSort
      limit: number
      offset: number
      after: string | undefined
    }): Promise<UserPage> {
      const { search } = query
      const page = await (search === undefined ? directory.list(query) : directory.search({ ...query, search }))
      if (page) return page
      const detail = 'is of another list'
      throw new AuthError('validation_failed', { errors: [{ field: 'cursor', code: 'invalid', detail }] })
    },

    async read(asker: string, id: string, visitor: Visitor): Promise<User> {
      const user = await directory.find(id)
      if (!user) throw new AuthError('not_found')
      tell(asker, id, visitor)
      return user
    },

    async sessionsOf(asker: string, id: string, visitor: Visitor): Promise<NamedSession[]> {
      const found = await directory.sessionsOf(id, now())
      if (!found.user) throw new AuthError('not_found')
      tell(asker, id, visitor)
      return named(found.sessions)
    },

    /** Newest first. `from` and `to` bound the time. */
    async auditTrail(query: {
      userId?: string
      actorId?: string
      event?: AuditEvent
      from?: Date
      to?: Date
      cursor?: string
      limit: number
    }): Promise<{ entries: AuditRow[]; next: string | undefined }> {
      const bound = (time: Date | undefined) => time && leastId(time)
      const to = bound(query.to)
      const before = [query.cursor, to].filter((id) => id !== undefined).sort()[0]
      const rows = await audit.list({ ...query, from: bound(query.from), before, limit: query.limit + 1 })
      const entries = rows.slice(0, query.limit)
      return { entries, next: rows.length > query.limit ? entries.at(-1)?.id : undefined }
    },

    /** Totals as they are, and the last thirty days (UTC, today the last) as they went. */
    async statistics() {
      const today = now().getTime()
      const days = Array.from({ length: history }, (_, ago) =>
        new Date(today - (history - 1 - ago) * day).toISOString().slice(0, 10),
      )
      const { totals, sessions, days: counted } = await directory.statistics(days[0]!)
      const total = (kind: (row: (typeof totals)[number]) => boolean) =>
        totals.filter(kind).reduce((sum, row) => sum + row.count, 0)
      const series = (metric: 'registrations' | 'logins') =>
        days.map((day) => ({
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
        recentRegistrations: registrations.slice(-7).reduce((sum, { count }) => sum + count, 0),
        registrations,
        logins: series('logins'),
      }
    },
  }
}
