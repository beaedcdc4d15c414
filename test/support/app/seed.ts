import { written } from './written.ts'

/** The number of users, the password hash that all have, and the time at which the crowd ends (milliseconds). */
type Crowd = { users: number; password: string; now: number }

const day = 86_400_000

/** How many rows have expired, whatever the number of users: more than one statement of the clean-up removes. */
export const leftOver = 600

/** How many rows one statement inserts: a single statement for a million would take longer than D1 allows. */
const chunk = 50_000

/** Letters computed from the number, so that names and addresses share trigrams like those of real people. */
const word = `char(97 + i % 26, 97 + i / 26 % 26, 101 + i % 7, 110 + i / 7 % 5)`

/**
 * A UUIDv7 (RFC 9562 §5.7) of a time, with the counter in place of the random bits, so that ids sort in their order of
 * creation.
 */
const uuid = (at: string) =>
  `printf('%08x-%04x-7%03x-8%03x-%012x', ${at} >> 16, ${at} & 65535, i & 4095, i * 7919 & 4095, i)`

/** Returns the SQL for row `i` of each table, for numbers above `from` and up to `to`. */
const rows = ({ users, password, now }: Crowd) => {
  const step = Math.floor((85 * day) / users)
  const at = `(${now - users * step} + i * ${step})`
  // Every filter and every combination of three has many users, because 3, 4 and 5 have no common factor. The newest 30
  // in 100 are unverified, because registrations by robots come in waves.
  const verified = `iif(i % 3 <> 1 and i <= ${Math.floor(users * 0.7)}, ${at} + 60000, null)`
  // A few of the older unverified users never logged in, and the clean-up removes those. The others logged in when that
  // was still allowed.
  const lastLogin = `iif(i > ${Math.floor(users * 0.7)} or iif(i % 3 = 1, i <= ${leftOver / 4}, i % 3 = 2), null, ${at} + 3600000)`
  const userId = uuid(at)
  // `leftOver` rows have expired, evenly spread: of each five users, two have a session and a mail that have not.
  const expired = `i <= ${(leftOver * 5) / 3} and i % 5 < 3`
  const due = `i between ${leftOver + 1} and ${leftOver + 50} and i % 5 = 2`
  const who = written(`${word} || '.' || i`, `iif(i % 10 = 0, null, 'Person ' || ${word} || ' ' || i)`)
  return {
    users: `insert into users (id, email, email_canonical, password, ${Object.keys(who).slice(1)}, role, status, email_verified_at, created_at, updated_at, last_login_at, origin)
      select ${userId}, ${who.email}, ${Object.values(who).toSpliced(1, 0, `'${password}'`)}, iif(i % 5 = 2, 'admin', 'user'),
        iif(i % 4 = 1, 'disabled', 'active'), ${verified}, ${at}, ${at}, ${lastLogin}, 'registered' from n`,
    sessions: `insert into sessions (id, user_id, nonce, created_at, rotated_at, auth_time, expires_at, ends_at, ip, city, country, user_agent)
      select substr(hex(randomblob(11)), 1, 22), ${userId}, substr(hex(randomblob(11)), 1, 22), ${at}, ${at}, ${at},
        iif(${expired}, ${now} - 2000 + i, ${now} + ${7 * day} + i), ${now + 30 * day}, '203.0.113.' || i % 256, 'Frankfurt am Main', 'DE',
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36' from n`,
    devices: `insert into devices (user_id, name, first_seen_at, last_seen_at)
      select ${userId}, 'Chrome on Linux, DE', ${at}, ${at} from n`,
    audit: `insert into audit (id, at, event, user_id, ip, user_agent)
      select ${uuid(`iif(i <= ${leftOver}, ${at} - ${60 * day}, ${at})`)}, ${at}, iif(i % 50 = 0, 'password_changed', 'logged_in'), ${userId}, '203.0.113.' || i % 256,
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36' from n`,
    mail: `insert into mail (id, user_id, kind, address, address_canonical, created_at, expires_at, sent_at, attempts, next_attempt_at)
      select substr(hex(randomblob(11)), 1, 22), ${userId}, iif(i % 5 = 0, 'verify_email', 'new_device'), ${who.email},
        ${who.email}, ${at}, iif(${expired}, ${now} - 2000 + i, ${now} + ${day} + i),
        iif(${due}, null, ${at}), 1, iif(${due}, ${now - 1000}, null) from n`,
    throttles: `insert into throttles (key, count, blocked_until, ends_at)
      select hex(randomblob(21)), 1, 0, iif(i <= ${leftOver}, ${now} - 1000 + i, ${now} + ${day} + i) from n`,
  }
}

export type Bytes = { before: number; after: number }

export type Table = keyof ReturnType<typeof rows>

/**
 * Creates users, each with a session, a device, an audit entry, a mail and a counter. SQL creates them with the
 * triggers on, a million in about two minutes.
 * @param made called after each table with the database's size in bytes before and after it, without the clean-up's
 * pages
 */
export const seed = async (d1: D1Database, crowd: Crowd, made: (table: Table, bytes: Bytes) => void = () => {}) => {
  const size = async () => (await d1.prepare('select 1').run()).meta.size_after
  for (const [table, sql] of Object.entries(rows(crowd)) as [Table, string][]) {
    const before = await size()
    for (let from = 0; from < crowd.users; from += chunk) {
      const to = Math.min(from + chunk, crowd.users)
      const numbers = `with recursive n(i) as (select ${from + 1} union all select i + 1 from n where i < ${to})`
      await d1.prepare(sql.replace(/\bselect\b/, `${numbers} select`)).run()
    }
    made(table, { before, after: await size() })
  }
}
