import { newId } from '../../src/domain/ids.ts'
import { packed, plainJson, statement } from '../sql-literal.ts'
import type { Person } from './person.ts'

const time = (date: Date | null) => date?.getTime() ?? null

/** In the order of the columns below. */
const row = (id: string, person: Person, now: Date) => [
  id,
  person.email,
  person.emailCanonical,
  person.password,
  person.name,
  person.phone,
  person.role,
  person.status,
  time(person.emailVerifiedAt),
  person.avatar,
  person.createdAt.getTime(),
  now.getTime(),
  time(person.lastLoginAt),
]

/** What an entry of the audit says of the import that made it. */
export const runDetail = (run: string) => JSON.stringify({ by: 'import', run })

const idOf = (row: string) => (JSON.parse(row) as string[])[0]

const together = (rows: string[], now: Date, run: string) => [
  statement`insert into users (id, email, email_canonical, password, name, phone, role, status, email_verified_at, avatar, created_at, updated_at, last_login_at)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8,
      value ->> 9, value ->> 10, value ->> 11, value ->> 12 from json_each(${`[${rows.join(',')}]`}) where true on conflict do nothing`,
  // Whoever was there already has another id. The entry's id is of this time, with the chance that is in the user's.
  statement`insert into audit (id, at, event, user_id, detail)
    select ${newId(now).slice(0, 15)} || substr(id, 16), ${now.getTime()}, 'user_created', id, ${runDetail(run)}
    from users where id in (select value from json_each(${plainJson(rows.map(idOf))})) on conflict do nothing`,
]

/**
 * Makes users of those whose address nobody has yet, and leaves everybody else as they are. An id is of the time when the
 * account was made, so that lists show them where they belong.
 */
export const importing = (people: Person[], now: Date, run: string): string[] => {
  const rows = people.map((person) => plainJson(row(newId(person.createdAt), person, now)))
  return packed(rows).flatMap((pack) => together(pack, now, run))
}

/** How many users an import has made. `since` is when it began. */
export const counting = (run: string, since: Date): string =>
  statement`select count(*) as made from audit where event = 'user_created' and id >= ${newId(since).slice(0, 13)} and detail = ${runDetail(run)}`
