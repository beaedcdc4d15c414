import { createSealing } from '../../src/domain/sealing.ts'
import { seedAbout } from '../../src/domain/totp.ts'
import type { TokenKey } from '../../src/setting-values.ts'
import { checkPlace, execute, type Place, Stop, send } from './database.ts'
import { literal, statement } from './sql-literal.ts'

/** The seeds of authenticator apps. Each is encrypted under one of DATA_KEYS and begins with the id of that key. */

/** How many seeds one round trip reads, and how many one transaction writes. */
const portion = 500

const keyOf = "substr(secret, 1, instr(secret, '.') - 1)"

const counted = `select ${keyOf} as id, count(*) as seeds from totp group by 1`

const byKey = (rows: Record<string, unknown>[] = []) =>
  new Map(rows.map(({ id, seeds }) => [String(id), Number(seeds)]))

/** Returns how many seeds are encrypted under each key. @throws {Stop} if the database cannot be asked */
export const seedsByKey = async (place: Place): Promise<Map<string, number>> =>
  byKey((await execute([counted], place))[0])

/** Returns the ids of keys that the setting lacks, though seeds are encrypted under them. */
export const missingKeys = (seeds: Map<string, number>, ids: string[]): string[] =>
  [...seeds.keys()].filter((id) => !ids.includes(id))

const lacking = (ids: string[]) =>
  new Stop(
    `Seeds of authenticator apps are encrypted under ${ids.join(', ')}, which DATA_KEYS lacks: nothing was changed. Put that key back from a copy of the file.`,
  )

/**
 * Encrypts every seed under the first key. A seed is written only if it is still the one that was read, so that this
 * may run while people add and remove apps.
 * @returns how many seeds were under other keys
 * @throws {Stop} if a key is missing, or a seed does not open
 */
export const resealSeeds = async (keys: TokenKey[], place: Place): Promise<number> => {
  const ids = keys.map(({ id }) => id)
  const sealing = createSealing(keys, 'totp')
  const others = `${keyOf} <> ${literal(ids[0]!)}`
  let count = 0
  for (let after = ''; ; ) {
    const query = `${statement`select id, user_id, secret from totp where id > ${after}`} and ${others} order by id limit ${portion}`
    const [rows, counts] = (await execute([query, counted], place)) as [
      { id: string; user_id: string; secret: string }[],
      Record<string, unknown>[],
    ]
    const missing = missingKeys(byKey(counts), ids)
    if (missing.length > 0) throw lacking(missing)
    if (rows.length === 0) {
      if (counts.some(({ id }) => id !== ids[0]))
        throw new Stop('Other seeds appeared under an old key meanwhile. Run the same command again.')
      return count
    }
    const updates: string[] = []
    for (const { id, user_id: userId, secret } of rows) {
      const seed = await sealing.open(secret, seedAbout(id, userId))
      if (seed === undefined) throw new Stop(`The seed of ${id} does not open with its key: nothing was dropped.`)
      const sealed = await sealing.seal(seed, seedAbout(id, userId))
      updates.push(statement`update totp set secret = ${sealed} where id = ${id} and secret = ${secret}`)
    }
    await send(updates, place)
    count += rows.length
    after = rows.at(-1)!.id
  }
}

/** Whether there is a database to look into: a local run may not have one yet. */
export const hasSeeds = (place: Place): boolean => {
  if (place.remote) return true
  try {
    checkPlace(place)
    return true
  } catch (error) {
    if (error instanceof Stop) return false
    throw error
  }
}
