import { countHashes } from '../app/hashes.ts'
import type { World } from '../app/population.ts'
import { requests } from './budget-requests.ts'
import type { Operation, Request } from './budget-support.ts'
import { type Budget, budgets, type Spent } from './budgets.ts'

/** A row of the table, and what it is of. */
export type Row = { operation: string; what: string; budget: Budget; request: Request }

/** Every row. Another name of an operation is held to the first row of the one it names. */
export const rows: Row[] = Object.entries(budgets).flatMap(([operation, cases]) => {
  const alias = typeof cases === 'string'
  const of = (alias ? cases : operation) as Operation
  const sent = requests[of] as Record<string, Request>
  const all = Object.entries(budgets[of] as Record<string, Budget>)
  return (alias ? all.slice(0, 1) : all).map(([what, budget]) => ({ operation, what, budget, request: sent[what]! }))
})

/** Arranges what a row needs, sends its request, and counts. */
export const spend = async (world: World, { operation, request }: Row): Promise<Spent> => {
  const { path, app = world.app, ...call } = await request(world)
  const [method, itsPath] = operation.split(' ')
  await app.settled()
  const mails = app.mailbox.length
  const hashes = countHashes()
  const { response, trips, statements, tripsAfter, whole } = await app.cost(`${method} ${path ?? itsPath}`, call)
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

/** The bound, where a number of rows keeps it and comes near: one that nothing comes near would say nothing. */
const near = (found: number, bound: number) => (found <= bound && found >= bound / 2 - 4 ? bound : found)

/** What was spent, with the bound in place of a number of rows that keeps it. */
export const bounded = (spent: Spent, { rows = [0, 0] }: Budget): Spent => ({
  ...spent,
  rows: [near(spent.rows[0], rows[0]), near(spent.rows[1], rows[1])],
})
