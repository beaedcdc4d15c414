import { newId } from '../../src/domain/ids.ts'
import { createSealing } from '../../src/domain/sealing.ts'
import { seedAbout } from '../../src/domain/totp.ts'
import { tokenKeys } from '../../src/setting-values.ts'
import { type Place, Stop } from '../lib/database.ts'
import { readDeployment } from '../lib/deployment.ts'
import { readVars } from '../lib/dev-vars.ts'
import { missingKeys, seedsByKey } from '../lib/seeds.ts'
import { literal, packed, plainJson } from '../lib/sql-literal.ts'
import type { Person } from './person.ts'
import type { Ids } from './statements.ts'

/** Encrypts the seed of an app for one row and one user. */
export type Seal = (seed: string, id: string, userId: string) => Promise<string>

/**
 * Returns a function that encrypts seeds under the first of DATA_KEYS, which must be the keys of the deployment.
 * @throws {Stop} if the file of secrets has no such keys, or others than the deployment uses
 */
export const openSeal = async (place: Place, secrets: string | undefined): Promise<Seal> => {
  const file = secrets ?? readDeployment(place.remote ? (place.env ?? 'production') : place.env).secretFile
  const { data: keys } = tokenKeys.safeParse(readVars([file]).DATA_KEYS)
  if (!keys)
    throw new Stop(
      `The users have authenticator apps, and ${file} has no DATA_KEYS to encrypt their seeds. Put the keys of the deployment there, name another file with --secrets, or import without the apps: --ignore totp_secret.`,
    )
  const missing = missingKeys(
    await seedsByKey(place),
    keys.map(({ id }) => id),
  )
  if (missing.length > 0)
    throw new Stop(
      `Seeds of the database are encrypted under ${missing.join(', ')}, which DATA_KEYS in ${file} lacks. Put the keys of the deployment there.`,
    )
  const sealing = createSealing(keys, 'totp')
  return (seed, id, userId) => sealing.seal(seed, seedAbout(id, userId))
}

/** Returns the statements that add the apps of users whom earlier statements of the transaction created at `now`. */
export const addingApps = async (
  people: Person[],
  ids: Ids[],
  now: Date,
  seal: Seal | undefined,
): Promise<string[]> => {
  if (!seal) return []
  const rows: string[] = []
  for (const [index, person] of people.entries())
    for (const { seed, name } of person.seeds)
      for (const userId of ids[index]!) {
        if (userId === null) continue
        const id = newId(now)
        rows.push(plainJson([userId, person.emailCanonical, id, await seal(seed, id, userId), name]))
      }
  const at = now.getTime()
  return packed(rows).map(
    (pack) => `insert into totp (id, user_id, secret, last_step, name, created_at)
      select value ->> 2, users.id, value ->> 3, 0, value ->> 4, ${at}
      from json_each(${literal(`[${pack.join(',')}]`)}) join users on users.id = value ->> 0 and users.email_canonical = value ->> 1
      where users.origin = 'imported' and users.updated_at = ${at} and users.email_verified_at is not null
        and exists (select 1 from audit where user_id = users.id and event = 'user_created' and at = ${at})
      on conflict do nothing`,
  )
}
