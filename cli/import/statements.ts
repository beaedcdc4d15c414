import { newId } from '../../src/domain/ids.ts'
import { reserved } from '../lib/reserved.ts'
import { literal, packed, plainJson, statement } from '../lib/sql-literal.ts'
import type { Person } from './person.ts'

const time = (date: Date | null) => date?.getTime() ?? null

/** The id of a user and, for an id kept from the old system, the one to use if another user already has that id. */
export type Ids = [id: string, otherwise: string | null]

export const idsFor = ({ id, createdAt }: Person): Ids => [id ?? newId(createdAt), id && newId(createdAt)]

/** Returns the values of a user in the order of the columns below. */
const row = ([id, otherwise]: Ids, person: Person, now: Date) => [
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
  person.externalId,
  person.metadata && JSON.stringify(person.metadata),
  person.bridged ? 1 : null,
  person.locale,
  otherwise,
]

/** Returns the detail of an audit entry that an import wrote. */
export const runDetail = (run: string) => JSON.stringify({ by: 'import', run })

const cell = (row: string, index: number) => (JSON.parse(row) as string[])[index]

/**
 * Returns the condition for registrations that an imported user replaces. Anybody may have registered the address of
 * somebody else, so a registration that nobody has verified or used is deleted with its sessions, links and devices.
 */
const givesWay = (pairs: string, now: Date) =>
  `email_canonical in (select value ->> 0 from json_each(${pairs})) and origin = 'registered' and role = 'user' and status = 'active'
    and email_verified_at is null and last_login_at is null and not ${reserved('users.email_canonical', now)}`

/** The condition for audit entries that an import wrote. */
const byImport = `detail ->> 'by' = 'import'`

/**
 * The condition for users who are unchanged since their import: nobody has logged in, changed anything, or been sent a
 * link. Failed log-ins and admins who viewed the user do not count.
 */
export const untouched = `users.origin = 'imported' and users.pending_email is null
    and exists (select 1 from audit where user_id = users.id and event in ('user_created', 'user_updated') and at = users.updated_at and ${byImport})
    and not exists (select 1 from audit where user_id = users.id
      and event not in ('log_in_failed', 'user_read') and coalesce(${byImport}, 0) = 0)
    and not exists (select 1 from sessions where user_id = users.id)
    and not exists (select 1 from mail where user_id = users.id)`

/** Whether a user has this id or external id. Both may be the subject of tokens, so both count. */
const idKnown = (id: string) =>
  `exists (select 1 from users as named where named.external_id = ${id} or named.id = lower(${id}))`

/** The columns that an update sets, with their index in a row. */
const updated = {
  password: 3,
  name: 4,
  phone: 5,
  role: 6,
  status: 7,
  email_verified_at: 8,
  avatar: 9,
  last_login_at: 12,
  metadata: 15,
  migration_pending: 16,
  locale: 17,
}

/** Returns the statement that updates unchanged imported users whose values differ. */
const updating = (people: string, now: Date) => {
  const names = [...Object.keys(updated), 'external_id'].join(', ')
  // An old id that belongs to another user by now is not taken away from that user.
  const externalId = `iif(${idKnown('value ->> 14')} and users.external_id is not value ->> 14, users.external_id, value ->> 14)`
  const values = [...Object.values(updated).map((place) => `value ->> ${place}`), externalId].join(', ')
  const theirs = `from json_each(${people}) where value ->> 2 = users.email_canonical`
  return `update users set (${names}, updated_at) = (select ${values}, ${now.getTime()} ${theirs})
    where email_canonical in (select value ->> 2 from json_each(${people})) and ${untouched}
      and (${names}) is not (select ${values} ${theirs})`
}

/** Returns the statements that import the rows of one pack. */
const together = (rows: string[], now: Date, run: string, update: boolean) => {
  const people = literal(`[${rows.join(',')}]`)
  // Address, id, id of the audit entry, whether the old system is asked, and the id to use if the first one is taken. A
  // statement contains either these or the rows; with both it would be too long.
  const pairs = literal(
    plainJson(rows.map((row) => [cell(row, 2), cell(row, 0), newId(now), cell(row, 16), cell(row, 18)])),
  )
  const at = now.getTime()
  // The id of this audit entry has the current time and the random part of the user's id.
  const entry = `${literal(newId(now).slice(0, 15))} || substr(id, 16)`
  const changing = [
    updating(people, now),
    `insert into audit (id, at, event, user_id, detail)
      select value ->> 2, ${at}, 'user_updated', users.id, ${literal(runDetail(run))}
      from json_each(${pairs}) join users on users.email_canonical = value ->> 0
      where users.updated_at = ${at} and origin = 'imported' on conflict do nothing`,
    // The first statement sets the password, and a trigger then clears `migration_pending`.
    `update users set migration_pending = 1 where updated_at = ${at} and origin = 'imported' and password is null
      and status = 'active' and email_canonical in (select value ->> 0 from json_each(${pairs}) where value ->> 3)`,
  ]
  return [
    ...(update ? changing : []),
    // The audit entries of a replaced registration no longer name anybody, as in `forget` of
    // src/storage/account-deletion.ts.
    `update audit set user_id = null, ip = null, user_agent = null, detail = null
      where user_id in (select id from users where ${givesWay(pairs, now)})`,
    `insert into audit (id, at, event, user_id, detail)
      select ${entry}, ${at}, 'account_deleted', id, json_object('by', 'import', 'run', ${literal(run)}, 'replaced_by',
        (select value ->> 1 from json_each(${pairs}) where value ->> 0 = users.email_canonical))
      from users where ${givesWay(pairs, now)} on conflict do nothing`,
    `delete from users where ${givesWay(pairs, now)}`,
    `insert into users (id, email, email_canonical, password, name, phone, role, status, email_verified_at, avatar, created_at, updated_at, last_login_at, origin, external_id, metadata, migration_pending, locale)
      select iif(value ->> 18 is not null and ${idKnown('value ->> 0')}, value ->> 18, value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8,
        value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, iif(${idKnown('value ->> 14')}, null, value ->> 14), value ->> 15, value ->> 16, value ->> 17
      from json_each(${people}) where not ${reserved('value ->> 2', now)} on conflict do nothing`,
    // Only new users get an entry: an existing user has another id or, if the id was kept, an older `updated_at`.
    `insert into audit (id, at, event, user_id, detail)
      select value ->> 2, ${at}, 'user_created', users.id, ${literal(runDetail(run))}
      from json_each(${pairs}) join users on users.id in (value ->> 1, value ->> 4) and users.email_canonical = value ->> 0
      where users.updated_at = ${at} and not exists (select 1 from audit as told where told.id = value ->> 2)
      on conflict do nothing`,
  ]
}

/**
 * Returns statements that import people. A person becomes a user if the address is free, or belongs to a registration
 * that nobody has verified or used. All other users stay unchanged, unless `update` is true. A person whose old id
 * belongs to somebody else is imported without that old id. A new id contains the time when the account was created in
 * the old system, so that lists show the user in the right place.
 */
export const importing = (
  people: Person[],
  now: Date,
  run: string,
  update = false,
  ids = people.map(idsFor),
): string[] => {
  const rows = people.map((person, index) => plainJson(row(ids[index]!, person, now)))
  // An update's statement contains the rows three times. Others contain the pairs twice; kept ids make them longer.
  const kept = people.some(({ id }) => id !== null)
  return packed(rows, update ? 20_000 : kept ? 55_000 : undefined).flatMap((pack) => together(pack, now, run, update))
}

/** Returns a lower bound for the ids of audit entries that an import wrote. `since` is when it began. */
const from = (since: Date) => newId(since).slice(0, 13)

/** Counts the users whom an import created. `since` is when it began. */
export const counting = (run: string, since: Date): string =>
  statement`select count(*) as made from audit where event = 'user_created' and id >= ${from(since)} and detail = ${runDetail(run)}`

/** Counts the users whom an import with --update changed. */
export const countingUpdated = (run: string, since: Date): string =>
  statement`select count(*) as updated from audit where event = 'user_updated' and id >= ${from(since)} and detail = ${runDetail(run)}`

/** Selects the addresses of imported users who replaced a registration. */
export const replacing = (run: string, since: Date): string =>
  statement`select email_canonical as address from users where id in (select detail ->> 'replaced_by' from audit
    where event = 'account_deleted' and id >= ${from(since)} and detail ->> 'run' = ${run})`

/**
 * The most bytes of addresses in one query. For the deployed database a query is part of a command line, and Windows
 * limits its length.
 */
const asked = 25_000

/**
 * Selects the addresses that do not belong to a user whom this import created or changed, and whether anybody has them.
 */
export const knowing = (addresses: string[], run: string, now = new Date()): string[] =>
  packed(addresses.map(plainJson), asked).map(
    (pack) =>
      `select value as address, exists (select 1 from users where email_canonical = value) as there,
        ${reserved('value', now)} as kept from json_each(${literal(`[${pack.join(',')}]`)}) where not exists (select 1 from users where email_canonical = value
          and exists (select 1 from audit where user_id = users.id and event in ('user_created', 'user_updated') and detail = ${literal(runDetail(run))}))`,
  )

/** Returns queries for the addresses of the users who have these old ids. `count`: how many ids a query has. */
export const owners = (ids: string[]): { query: string; count: number }[] =>
  packed(ids.map(plainJson), asked).map((pack) => ({
    query: statement`select value as old, (select email_canonical from users where external_id = value or id = lower(value)) as owner
      from json_each(${`[${pack.join(',')}]`})`,
    count: pack.length,
  }))

/** Selects the users who have these old ids, as ids or as external ids. */
export const owning = (ids: string[]): string[] =>
  packed(ids.map(plainJson), asked).map(
    (pack) =>
      statement`select value as old, (select id from users where external_id = value or id = lower(value)) as id
        from json_each(${`[${pack.join(',')}]`})`,
  )
