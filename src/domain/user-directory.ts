import { type AuditEvent, auditEntry } from './audit.ts'
import { AuthError } from './errors.ts'
import { leastId, newId } from './ids.ts'
import type { Macs } from './macs.ts'
import type { AuditRow, User, Visitor } from './model.ts'
import { type NamedSession, named } from './own-sessions.ts'
import type { AuditStore } from './ports/audit.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { SessionStore } from './ports/sessions.ts'
import type { UserDirectoryStore, UserFilter, UserPage, UserSort } from './ports/user-directory.ts'

type Needs = {
  userDirectoryStore: UserDirectoryStore
  sessionStore: SessionStore
  auditStore: AuditStore
  macs: Macs
  now: Clock
  defer: Defer
}

/** Pages of one query that an admin is shown within so many milliseconds share an entry of the audit. */
const listedWindow = 900_000

const day = 86_400_000

/** Of a cursor. */
export const notOfThisList = 'is no cursor of this list: take next_cursor of the page before'

/** The admin who is shown something, and from where. */
type Reader = { adminId: string; visitor: Visitor }

/** Days of history that statistics show. */
const history = 30

/** What admins read. Reading a person is itself an event of the audit, and so is a list of them. */
export const createUserDirectory = ({ userDirectoryStore, sessionStore, auditStore, macs, now, defer }: Needs) => {
  /** The query without what was typed: a MAC of that tells whether two were the same. */
  const tellListed = (
    event: 'users_listed' | 'audit_read',
    { adminId: actorId, visitor }: Reader,
    query: Record<string, string | boolean | undefined>,
    ids: string[],
  ) => {
    const at = now()
    const window = new Date(Math.floor(at.getTime() / listedWindow) * listedWindow)
    const asked = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
    const id = newId(at, macs.sign('audit', `${event} ${actorId} ${JSON.stringify(asked)} ${window.getTime()}`))
    const detail = {
      ...(asked as Record<string, string>),
      shown: ids.length,
      first: ids[0] ?? null,
      last: ids.at(-1) ?? null,
    }
    defer(
      auditStore.addListed({
        ...auditEntry(visitor, at),
        id,
        since: leastId(window),
        event,
        userId: null,
        actorId,
        detail,
      }),
    )
  }

  const tell = (actorId: string, userId: string, visitor: Visitor) =>
    defer(auditStore.add({ ...auditEntry(visitor, now()), event: 'user_read', userId, actorId }))

  return {
    /** The admin of a live session, as the database has them now. @throws AuthError `invalid_token`, `forbidden` */
    async admin(sid: string): Promise<User> {
      const user = await sessionStore.read(sid, now())
      if (!user) throw new AuthError('invalid_token')
      if (user.role !== 'admin') throw new AuthError('forbidden')
      return user
    },

    /** @throws AuthError `validation_failed` for a cursor that was made for another list */
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
      const { search } = query
      const page = await (search === undefined
        ? userDirectoryStore.list(query)
        : userDirectoryStore.search({ ...query, search }))
      if (page) {
        const { filter, sort } = query
        const told = { ...filter, sort, search: search && macs.sign('audit', `search ${search}`) }
        tellListed(
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
      return named(found.sessions)
    },

    /** Newest first. `from` and `to` bound the time. */
    async auditTrail(
      reader: Reader,
      query: {
        userId?: string
        actorId?: string
        event?: AuditEvent
        from?: Date
        to?: Date
        cursor?: string
        limit: number
      },
    ): Promise<{ entries: AuditRow[]; next: string | undefined }> {
      const bound = (time: Date | undefined) => time && leastId(time)
      const to = bound(query.to)
      const before = [query.cursor, to].filter((id) => id !== undefined).sort()[0]
      const rows = await auditStore.list({ ...query, from: bound(query.from), before, limit: query.limit + 1 })
      const entries = rows.slice(0, query.limit)
      const { userId: user, actorId: actor, event, from, to: until } = query
      tellListed(
        'audit_read',
        reader,
        { user, actor, event, from: from?.toISOString(), to: until?.toISOString() },
        entries.map(({ id }) => id),
      )
      return { entries, next: rows.length > query.limit ? entries.at(-1)?.id : undefined }
    },

    /** Totals as they are, and the last thirty days (UTC, today the last) as they went. */
    async statistics() {
      const today = now().getTime()
      const days = Array.from({ length: history }, (_, ago) =>
        new Date(today - (history - 1 - ago) * day).toISOString().slice(0, 10),
      )
      const { totals, sessions, days: counted } = await userDirectoryStore.statistics(days[0]!)
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
