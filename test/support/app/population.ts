import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { hashScrypt } from '../../../src/domain/scrypt.ts'
import { type Bytes, seed, type Table } from './seed.ts'
import { cookiesOf, type SessionBody, somePassword, startApp, type TestApp } from './support.ts'

/** A database of many users, in which the cost of operations is measured. */

export type Place = { id: string; email: string; lastLogin: number; row: number }

export type World = {
  app: TestApp
  /** The same service with the default limits. */
  strict: TestApp
  /** An admin who has just logged in. */
  admin: SessionBody
  /** Returns the next seeded user who is active, verified, not an admin, and has a session: another one each time. */
  email: () => string
  /** Returns an address without an account. */
  stranger: () => string
  /** Logs in, by default as the next user; `device` is the cookie that makes the device known later. */
  logIn: (email?: string) => Promise<SessionBody & { email: string; device: string }>
  /** A seeded user in the middle of the list, and the next one who, like most in the last third, never logged in. */
  middle: Place
  silent: Place
}

/** Returns the milliseconds since the last full hour. In the first minute of an hour the clean-up checks everything. */
const sinceHour = (time: number) => time % 3_600_000

/** Ten years of archived days. */
const archivedDays = `insert into audit_days (day, entries, bytes, portions, manifest) with recursive n(i) as
  (select 0 union all select i + 1 from n where i < 3650)
  select date('2010-01-01', '+' || i || ' days'), 1000, 100000, '[]', 'x' from n`.replaceAll('\n', ' ')

/** Recreates the database with this many users. @returns the database's size before and after each table, in bytes */
export const populate = async (users: number) => {
  const tables: Partial<Record<Table, Bytes>> = {}
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  const password = hashScrypt(somePassword, { ln: 1, r: 8, p: 1 })
  const from = Date.now()
  await seed(env.DB, { users, password, now: from - sinceHour(from) }, (table, bytes) => {
    tables[table] = bytes
    if (users > 100_000) console.log(`${users} rows of ${table} after ${Math.round((Date.now() - from) / 1000)} s`)
  })
  await env.DB.exec(archivedDays)
  return tables
}

let strangers = 0

export const meet = async (users: number): Promise<World> => {
  const [app, strict] = [startApp({ vars: { THROTTLE_FACTOR: '1000' } }), startApp()]
  for (const each of [app, strict]) each.wait({ seconds: -sinceHour(each.now().getTime()) / 1000 })
  const may = `status = 'active' and email_verified_at is not null`
  const emails = async (which: string, limit: number) => {
    const { results } = await env.DB.prepare(`select email from users where ${may} and ${which} order by rowid limit ?`)
      .bind(limit)
      .all<{ email: string }>()
    return results.map(({ email }) => email)
  }
  const live = `exists (select 1 from sessions where user_id = users.id and expires_at > ${app.now().getTime()})`
  const people = await emails(`role = 'user' and ${live}`, 300)
  const [boss] = await emails(`role = 'admin'`, 1)
  const places = env.DB.prepare(
    `select id, email_canonical as email, coalesce(last_login_at, 0) as lastLogin, rowid as row from users
      where rowid >= ? and (last_login_at is null) = ? limit 1`,
  )
  const placed = (silent: number) => places.bind(users / 2, silent).first<Place>()

  const email = () => {
    const next = people.pop()
    if (!next) throw new Error('more people are needed than were taken')
    return next
  }
  const logIn = async (address = email()) => {
    const response = await app.call('POST /api/auth/login', { json: { email: address, password: somePassword } })
    if (response.status !== 200) throw new Error(await response.text())
    const { device = '' } = cookiesOf(response)
    return { ...((await response.json()) as SessionBody), email: address, device }
  }
  return {
    app,
    strict,
    admin: await logIn(boss),
    email,
    stranger: () => `stranger${++strangers}.${Date.now()}@example.com`,
    logIn,
    middle: (await placed(0))!,
    silent: (await placed(1))!,
  }
}
