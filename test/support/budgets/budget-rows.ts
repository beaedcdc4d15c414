import { addressed, type Row } from '../../operations/index.ts'
import { countHashes } from '../app/hashes.ts'
import type { World } from '../app/population.ts'
import type { Budget, Spent } from './budget.ts'

/** Arranges what a row needs, sends its request, and counts. */
export const spend = async (world: World, { operation, request }: Row): Promise<Spent> => {
  const { id, factor, query, app = world.app, ...call } = await request(world, operation)
  await app.settled()
  const mails = app.mailbox.length
  const hashes = countHashes()
  const address = addressed(operation, { id, factor, query })
  const { response, trips, statements, tripsAfter, whole } = await app.cost(address, call)
  await response.arrayBuffer()
  return {
    status: response.status,
    trips: [trips, tripsAfter],
    statements: [statements, whole.statements - statements],
    rows: [whole.rowsRead, whole.rowsWritten],
    kv: { gets: whole.kvGets, puts: whole.kvPuts, deletes: whole.kvDeletes },
    r2: { classA: whole.r2ClassA, classB: whole.r2ClassB, deletes: whole.r2Deletes },
    images: whole.images,
    mails: app.mailbox.length - mails,
    hashes: hashes(),
  }
}

/**
 * Returns the bound if the number of rows is at most the bound and at least about half of it. Otherwise returns the
 * number, so that the test fails: a far higher bound would prove nothing.
 */
const near = (found: number, bound: number) => (found <= bound && found >= bound / 2 - 4 ? bound : found)

/** Returns what was spent, with the bound in place of each number of rows that keeps it. */
export const bounded = (spent: Spent, { rows = [0, 0] }: Budget): Spent => ({
  ...spent,
  rows: [near(spent.rows[0], rows[0]), near(spent.rows[1], rows[1])],
})
