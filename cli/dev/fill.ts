import { randomBytes } from 'node:crypto'
import { hashScrypt } from '../../src/domain/scrypt.ts'
import { createSealing } from '../../src/domain/sealing.ts'
import { newSeed, seedAbout } from '../../src/domain/totp.ts'
import { tokenKeys } from '../../src/setting-values.ts'
import { execute, type Place, Stop } from '../lib/database.ts'
import { packed, plainJson } from '../lib/sql-literal.ts'
import { demo, type Row } from './demo.ts'

const columns = {
  users:
    'id, email, email_canonical, password, name, status, email_verified_at, created_at, updated_at, last_login_at, search_name, search_email, active_day, origin',
  sessions: 'id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at, ip, city, country, user_agent',
  audit: 'id, at, event, user_id, ip, user_agent, detail, count',
  mail: 'id, user_id, kind, address, address_canonical, created_at, expires_at, used_at, sent_at, attempts, last_error',
  totp: 'id, user_id, secret, last_step, created_at',
  devices: 'user_id, name, first_seen_at, last_seen_at',
  daily: 'metric, day, count',
}

const inserts = (table: keyof typeof columns, rows: Row[]) => {
  const cells = columns[table].split(', ').map((_, index) => `value ->> ${index}`)
  return packed(rows.map(plainJson)).map(
    (pack) => `insert into ${table} (${columns[table]}) select ${cells.join(', ')} from json_each('[${pack.join()}]')`,
  )
}

/**
 * Fills an empty local database. No mail is sent, because none is due. Nobody has the seeds of the authenticator apps, so
 * the people with an app cannot log in.
 * @param keys DATA_KEYS, which encrypt the seeds; without them nobody has an app
 * @returns the password of everybody
 * @throws {Stop} if the database has users
 */
export const fillWithDemo = async (place: Place, keys: string | undefined, now = new Date()): Promise<string> => {
  const [known] = await execute(['select 1 from users limit 1'], place)
  if (known!.length > 0)
    throw new Stop(
      `--demo fills an empty database, and the one in ${place.persistTo} has users. For another one: npm start -- --demo --persist-to DIR`,
    )
  const password = randomBytes(9).toString('base64url')
  const { rows, apps, daily } = demo(now, hashScrypt(password, { ln: 15, r: 8, p: 3 }))
  const seeds = keys === undefined ? undefined : createSealing(tokenKeys.parse(keys), 'totp')
  const totp = await Promise.all(
    (seeds ? apps : []).map(
      async ({ id, userId, at }): Promise<Row> => [
        ...[id, userId, await seeds!.seal(newSeed(), seedAbout(id, userId)), 0, at],
      ],
    ),
  )
  const tables = Object.entries(rows) as [keyof typeof rows, Row[]][]
  await execute(
    [
      ...tables.flatMap(([table, each]) => inserts(table, each)),
      ...inserts('totp', totp),
      // What the triggers counted is replaced: they counted the sessions that are left, not all that there were.
      `delete from daily where day <> 'now'`,
      ...inserts('daily', daily),
      `insert or replace into daily (metric, day, count) select 'sessions', 'now', count(*) from sessions`,
    ],
    place,
  )
  return password
}
