import { newId } from '../../src/domain/ids.ts'
import { reserved } from '../lib/reserved.ts'
import { literal, packed, plainJson, statement } from '../lib/sql-literal.ts'
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
  'imported',
]

/** What an entry of the audit says of the import that made it. */
export const runDetail = (run: string) => JSON.stringify({ by: 'import', run })

const cell = (row: string, index: number) => (JSON.parse(row) as string[])[index]

/**
 * Anybody may have registered an address of somebody else. Where nobody has verified it nor logged in, whoever is imported
 * takes its place, and all that hangs on the row goes with it: sessions, links, devices.
 */
const givesWay = (pairs: string, now: Date) =>
  `email_canonical in (select value ->> 0 from json_each(${pairs})) and origin = 'registered' and role = 'user' and status = 'active'
    and email_verified_at is null and last_login_at is null and not ${reserved('users.email_canonical', now)}`

/** Whether an import wrote an entry of the audit. */
const byImport = `detail ->> 'by' = 'import'`

/**
 * Whether a user is as an import left it: nobody has logged in, changed anything, or been sent a link since. What others did
 * about it (failed to log in, looked at it) does not count.
 */
export const untouched = `users.origin = 'imported' and users.pending_email is null
    and exists (select 1 from audit where user_id = users.id and event in ('user_created', 'user_updated') and at = users.updated_at and ${byImport})
    and not exists (select 1 from audit where user_id = users.id
      and event not in ('log_in_failed', 'user_read') and coalesce(${byImport}, 0) = 0)
    and not exists (select 1 from sessions where user_id = users.id)
    and not exists (select 1 from mail where user_id = users.id)`

/** Columns of ours that an update sets, by their place in a row. */
const updated = {
  password: 3,
  name: 4,
  phone: 5,
  role: 6,
  status: 7,
  email_verified_at: 8,
  avatar: 9,
  last_login_at: 12,
}

const updating = (people: string, now: Date) => {
  const names = Object.keys(updated).join(', ')
  const values = Object.values(updated)
    .map((place) => `value ->> ${place}`)
    .join(', ')
  const theirs = `from json_each(${people}) where value ->> 2 = users.email_canonical`
  return `update users set (${names}, updated_at) = (select ${values}, ${now.getTime()} ${theirs})
    where email_canonical in (select value ->> 2 from json_each(${people})) and ${untouched}
      and (${names}) is not (select ${values} ${theirs})`
}

const together = (rows: string[], now: Date, run: string, update: boolean) => {
  const people = literal(`[${rows.join(',')}]`)
  // Address and id: a statement holds these or the whole rows, for with both it would be too long.
  const pairs = literal(plainJson(rows.map((row) => [cell(row, 2), cell(row, 0)])))
  const at = now.getTime()
  // An entry's id is of this time, with the chance that is in the user's.
  const entry = `${literal(newId(now).slice(0, 15))} || substr(id, 16)`
  const changing = [
    updating(people, now),
    `insert into audit (id, at, event, user_id, detail)
      select ${literal(newId(now).slice(0, 15))} || substr(id, 16), ${at}, 'user_updated', id, ${literal(runDetail(run))}
      from users where email_canonical in (select value ->> 0 from json_each(${pairs})) and updated_at = ${at}
        and origin = 'imported' on conflict do nothing`,
  ]
  return [
    ...(update ? changing : []),
    // Nobody was told the id of whoever goes here, and what they did is nobody's: as in src/storage/account-deletion.ts, `forget`.
    `update audit set user_id = null, ip = null, user_agent = null, detail = null
      where user_id in (select id from users where ${givesWay(pairs, now)})`,
    `insert into audit (id, at, event, user_id, detail)
      select ${entry}, ${at}, 'account_deleted', id, json_object('by', 'import', 'run', ${literal(run)}, 'replaced_by',
        (select value ->> 1 from json_each(${pairs}) where value ->> 0 = users.email_canonical))
      from users where ${givesWay(pairs, now)} on conflict do nothing`,
    `delete from users where ${givesWay(pairs, now)}`,
    `insert into users (id, email, email_canonical, password, name, phone, role, status, email_verified_at, avatar, created_at, updated_at, last_login_at, origin)
      select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8,
        value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13 from json_each(${people})
      where not ${reserved('value ->> 2', now)} on conflict do nothing`,
    // Whoever was there already has another id.
    `insert into audit (id, at, event, user_id, detail)
      select ${entry}, ${at}, 'user_created', id, ${literal(runDetail(run))}
      from users where id in (select value ->> 1 from json_each(${pairs})) on conflict do nothing`,
  ]
}

/**
 * Makes users of those whose address nobody has yet, or somebody who never showed that it is theirs, and leaves everybody
 * else as they are. An id is of the time when the account was made, so that lists show them where they belong.
 */
export const importing = (people: Person[], now: Date, run: string, update = false): string[] => {
  const rows = people.map((person) => plainJson(row(newId(person.createdAt), person, now)))
  // An update has the rows in its statement four times.
  return packed(rows, update ? 20_000 : undefined).flatMap((pack) => together(pack, now, run, update))
}

/** The least id of an entry that an import wrote which began then. */
const from = (since: Date) => newId(since).slice(0, 13)

/** How many users an import has made. `since` is when it began. */
export const counting = (run: string, since: Date): string =>
  statement`select count(*) as made from audit where event = 'user_created' and id >= ${from(since)} and detail = ${runDetail(run)}`

/** How many it has changed, where it was told to update. */
export const countingUpdated = (run: string, since: Date): string =>
  statement`select count(*) as updated from audit where event = 'user_updated' and id >= ${from(since)} and detail = ${runDetail(run)}`

/** Addresses of those whom an import has put in the place of somebody else. */
export const replacing = (run: string, since: Date): string =>
  statement`select email_canonical as address from users where id in (select detail ->> 'replaced_by' from audit
    where event = 'account_deleted' and id >= ${from(since)} and detail ->> 'run' = ${run})`

/** Bytes of addresses that one query asks for: for the deployed database it stands in a command line, which Windows keeps short. */
const asked = 25_000

/** Which of the addresses are not of a user whom this import made, and whether somebody has them. */
export const knowing = (addresses: string[], run: string): string[] =>
  packed(addresses.map(plainJson), asked).map(
    (pack) =>
      statement`select value as address, exists (select 1 from users where email_canonical = value) as there
        from json_each(${`[${pack.join(',')}]`}) where not exists (select 1 from users where email_canonical = value
          and exists (select 1 from audit where user_id = users.id and event in ('user_created', 'user_updated') and detail = ${runDetail(run)}))`,
  )
