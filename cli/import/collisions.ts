import { execute, type Place } from '../lib/database.ts'
import type { Lines } from './report.ts'
import { owners } from './statements.ts'

/** An old id in the file that here belongs to a user with another address. */
export type Collision = { line: number; id: string }

/**
 * Finds old ids that belong to users with other addresses. Ids of several systems overlap, above all if they count from
 * 1, so such a person is imported without the id.
 * @param ids the line of each old id
 * @param lines the line of each address
 */
export const findCollisions = async (
  ids: Map<string, number>,
  lines: Lines,
  place: Place,
  tell: (count: number) => void,
): Promise<Collision[]> => {
  if (ids.size === 0) return []
  const [[row] = []] = await execute(['select exists (select 1 from users) as anybody'], place)
  if (!row?.anybody) return []
  const found: Collision[] = []
  let asked = 0
  for (const { query, count } of owners([...ids.keys()])) {
    for (const { old, owner } of (await execute([query], place))[0]!) {
      const line = ids.get(String(old))!
      if (owner !== null && lines.get(String(owner)) !== line) found.push({ line, id: String(old) })
    }
    asked += count
    tell(asked)
  }
  return found
}
