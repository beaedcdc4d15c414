import { and, asc, desc, eq, getTableColumns, type SQL, sql, sum } from 'drizzle-orm'
import type { UserDirectoryStore, UserFilter } from '../domain/ports/user-directory.ts'
import { batch, type Db } from './database.ts'
import { passwordFormats, totals, users } from './schema.ts'

/**
 * Returns which of the eight kinds of user a row is, in the same SQL text as the index `users_kind`. A filter is a set
 * of kinds. The index holds each kind in order of creation, so that a page costs only its own rows, however rare or
 * common they are.
 */
const kind = sql.raw(`(role = 'admin') * 4 + (status = 'disabled') * 2 + (email_verified_at is null)`)

const kindsOf = ({ role, status, verified }: UserFilter) =>
  [0, 1, 2, 3, 4, 5, 6, 7].filter(
    (n) =>
      (role === undefined || (role === 'admin') === (n & 4) > 0) &&
      (status === undefined || (status === 'disabled') === (n & 2) > 0) &&
      (verified === undefined || verified === ((n & 1) === 0)),
  )

const totalOf = ({ role, status, verified }: UserFilter) =>
  and(
    role && eq(totals.role, role),
    status && eq(totals.status, status),
    verified === undefined ? undefined : eq(totals.verified, verified),
  )

/** The same expression as in the index `users_last_login`. */
const lastLogin = sql`coalesce(${users.lastLoginAt}, 0)`

/** Rows in an order that an index provides. */
type Range = { where?: SQL; by: SQL[] }

type Order = Range & {
  key: (user: { id: string; emailCanonical: string; lastLoginAt: Date | null }) => string
  /** The form of a key; any other text comes from another list. */
  form: RegExp
  /** The rows after a key: one range of the index, or two, one after the other. */
  beyond: (after: string, sign: SQL) => [Range, Range?]
}

/** How a list is ordered, which key names a row for the next page, and where that page begins. */
const orders: Record<'created_at' | 'email' | 'last_login_at', Order> = {
  // UUIDv7: the order of creation.
  created_at: {
    by: [sql`${users.id}`],
    key: (user) => user.id,
    form: /^[0-9a-f-]{36}$/,
    beyond: (after, sign) => [{ where: sql`${users.id} ${sign} ${after}`, by: [sql`${users.id}`] }],
  },
  email: {
    by: [sql`${users.emailCanonical}`],
    key: (user) => user.emailCanonical,
    form: /^[^\s@]+@[^\s@]+$/,
    beyond: (after, sign) => [
      { where: sql`${users.emailCanonical} ${sign} ${after}`, by: [sql`${users.emailCanonical}`] },
    ],
  },
  last_login_at: {
    by: [lastLogin, sql`${users.id}`],
    key: (user) => `${user.lastLoginAt?.getTime() ?? 0} ${user.id}`,
    form: /^\d{1,15} [0-9a-f-]{36}$/,
    // SQLite does not look up `(expression, id) < (?, ?)` in an index, and a million rows may share the time 0. So rows
    // of the same time come first, in the order of their ids, then the others. A cast would give the comparison a type
    // that the index of an expression does not have, and the index would not be used.
    beyond: (after, sign) => {
      const [time, id = ''] = after.split(' ')
      return [
        { where: sql`${lastLogin} = ${Number(time)} and ${users.id} ${sign} ${id}`, by: [sql`${users.id}`] },
        { where: sql`${lastLogin} ${sign} ${Number(time)}`, by: [lastLogin, sql`${users.id}`] },
      ]
    },
  },
}

export const userLists = (db: Db): UserDirectoryStore['list'] => {
  /**
   * Returns the newest users of these kinds: each kind in the order of its index, whatever SQLite's statistics suggest,
   * then merged.
   */
  const ofKinds = (kinds: number[], beyond: SQL | undefined, limit: number, offset: number) => {
    const each = kinds.map(
      (n) =>
        sql`select rowid as row, id from ${users} indexed by users_kind where ${and(sql`${kind} = ${sql.raw(String(n))}`, beyond)}`,
    )
    return db
      .select(getTableColumns(users))
      .from(sql`(${sql.join(each, sql` union all `)} order by id desc limit ${limit} offset ${offset}) as newest`)
      .innerJoin(users, sql`users.rowid = newest.row`)
      .orderBy(desc(users.id))
  }

  /** The index holds few rows. The query names it, or SQLite might walk through all users in their order. */
  const invited = (beyond: SQL | undefined, limit: number, offset: number) =>
    db
      .select(getTableColumns(users))
      .from(
        sql`(select rowid as row, id from ${users} indexed by users_invited where ${and(sql`password is null and migration_pending is null`, beyond)} order by id desc limit ${limit} offset ${offset}) as newest`,
      )
      .innerJoin(users, sql`users.rowid = newest.row`)
      .orderBy(desc(users.id))

  const withoutPassword = db
    .select({ count: sum(passwordFormats.count).mapWith(Number) })
    .from(passwordFormats)
    .where(eq(passwordFormats.format, 'none'))

  return async ({ filter, sort, limit, offset, after }) => {
    const filtered = Object.values(filter).some((value) => value !== undefined)
    const descending = filtered || sort.startsWith('-')
    const order = filtered ? orders.created_at : orders[sort.replace('-', '') as keyof typeof orders]
    if (after !== undefined && !order.form.test(after)) return
    const [range, second]: [Range, Range?] =
      after === undefined ? [order] : order.beyond(after, descending ? sql`<` : sql`>`)
    const most = limit + 1

    const list = ({ where, by }: Range) =>
      db
        .select()
        .from(users)
        .where(where)
        .orderBy(...by.map((each) => (descending ? desc(each) : asc(each))))
        .limit(most)
        .offset(offset)
    const statements = {
      total: filter.invited
        ? withoutPassword
        : db
            .select({ count: sum(totals.count).mapWith(Number) })
            .from(totals)
            .where(totalOf(filter)),
      found: filter.invited
        ? invited(range.where, most, offset)
        : filtered
          ? ofKinds(kindsOf(filter), range.where, most, offset)
          : list(range),
    }
    const {
      total: [total],
      found,
      beyond,
    } = second
      ? await batch(db, { ...statements, beyond: list(second) })
      : { ...(await batch(db, statements)), beyond: [] }
    const rows = [...found, ...beyond].slice(0, most)
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return {
      users: page,
      total: total?.count ?? 0,
      totalIsExact: true,
      next: rows.length > limit && last ? order.key(last) : undefined,
    }
  }
}
