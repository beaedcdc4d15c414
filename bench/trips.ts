import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'undici'
import { send } from './load.ts'
import { everything, ours, type Sides, type VariantName } from './plan.ts'
import { type Operation, operations, type Side } from './side.ts'
import type { WorkerName, Workshop } from './workers.ts'

/** The cost of one request in a warm isolate. `after`: round trips that the reply did not wait for. */
export type Trips = {
  operation: Operation
  who: string
  trips: number
  after: number
  rowsRead: number
  rowsWritten: number
}

/** Milliseconds that suffice for the work after a reply. */
const settling = 400

/** Counts the round trips of each operation, one request at a time, in Workers whose database is wrapped. */
export const countTrips = async ({ start }: Workshop, { gatehouse, peers }: Sides): Promise<Trips[]> => {
  const counted: Trips[] = []
  const count = async (who: string, side: Side, worker: WorkerName) => {
    const server = await start(worker, side)
    const client = new Client(server.url)
    for (const operation of operations) {
      if (who === ours && operation === 'check, revocation delayed') {
        // Verified with the published keys, in a Worker that has no database.
        counted.push({ operation, who, trips: 0, after: 0, rowsRead: 0, rowsWritten: 0 })
        continue
      }
      const person = side.person(operation, 20)
      if (!person) continue
      // The second request counts. The first meets a cold isolate, or gets the cookie that the second sends.
      for (const last of [false, true]) {
        const answer = await send(client, person.ask())
        person.heed(answer)
        const of = (name: string) => Number(answer.headers[`counted-${name}`])
        await sleep(settling)
        if (!last) continue
        const later = await send(client, { method: 'GET', path: '/counted' })
        const after = Number(later.headers['counted-trips']) - of('trips')
        const rows = { rowsRead: of('rowsread'), rowsWritten: of('rowswritten') }
        counted.push({ operation, who, trips: of('trips'), after, ...rows })
      }
    }
    await client.close()
    await server.stop()
  }
  await count(ours, gatehouse, 'gatehouse-counted')
  for (const [name, side] of peers) {
    // A different hash does not change the round trips.
    if (name !== ('Better Auth, tuned, with our hash' satisfies VariantName))
      await count(name, side, name === everything ? 'better-auth-everything-counted' : 'better-auth-counted')
  }
  return counted
}
