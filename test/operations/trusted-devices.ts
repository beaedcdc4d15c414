import { decodeJwt } from 'jose'
import { randomId } from '../../src/domain/ids.ts'
import type { World } from '../support/app/population.ts'
import type { TestApp } from '../support/app/support.ts'
import { trustedDevice } from '../support/app/trusted-devices.ts'
import * as populated from '../support/budgets/populated.ts'
import { someoneWithFactors } from '../support/faults/arranged.ts'
import { isTrue } from '../support/faults/fault-world.ts'
import type { Operations } from './operation.ts'

type User = { email: string; code: () => Promise<string> }

/** A request in the session of a user with one trusted device. */
const withDevice = async (app: TestApp, user: User) => {
  const { access_token: bearer } = await trustedDevice(app, user)
  const list = await app.call('GET /api/user/trusted-devices', { bearer })
  const { trusted_devices } = (await list.json()) as { trusted_devices: { id: string }[] }
  return { bearer, id: trusted_devices[0]!.id }
}

const inWorld = async (world: World) => withDevice(world.app, await populated.withFactors(world))

const bearerIn = async (world: World) => ({ bearer: (await inWorld(world)).bearer })

/** Someone with a trusted device, and whether it is forgotten. */
const arranged = async (app: TestApp) => {
  const request = await withDevice(app, await someoneWithFactors(app))
  return {
    request,
    done: async (later: TestApp) => !(await isTrue(later, 'select 1 from trusted_devices where id = ?', request.id)),
  }
}

/** Gives the caller a trusted device. */
const give = async (app: TestApp, bearer: string) => {
  const [id, at] = [randomId(), app.now().getTime()]
  await app.db
    .prepare('insert into trusted_devices values (?, ?, ?, ?, ?, ?)')
    .bind(decodeJwt(bearer).sub, id, 'Firefox on Linux', at, at, at + 86_400_000)
    .run()
  return id
}

export const trustedDevices: Operations = {
  'GET /api/user/trusted-devices': {
    costs: {
      'one device': { trips: 1, statements: 2, rows: [8, 0], request: bearerIn },
    },
    faults: [
      {
        name: 'list the trusted devices',
        status: 200,
        again: 200,
        arrange: async (app) => ({ request: { bearer: (await arranged(app)).request.bearer } }),
      },
    ],
  },
  'DELETE /api/user/trusted-devices': {
    costs: {
      'one device': { trips: 1, statements: 4, rows: [20, 5], request: bearerIn },
      'no device': { trips: 1, statements: 4, rows: [12, 0], request: populated.signedIn },
    },
    faults: [
      {
        name: 'forget all trusted devices',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { request, done } = await arranged(app)
          return { request: { bearer: request.bearer }, done }
        },
      },
    ],
  },
  'DELETE /api/user/trusted-devices/{id}': {
    arrange: async (app, bearer) => ({ id: await give(app, bearer), json: {} }),
    costs: {
      'one device': { trips: 1, statements: 4, rows: [20, 5], request: inWorld },
      'an unknown id': {
        status: 404,
        trips: 1,
        statements: 4,
        rows: [12, 0],
        request: async (world) => ({ ...(await populated.signedIn(world)), id: 'A'.repeat(22) }),
      },
    },
    faults: [{ name: 'forget a trusted device', status: 200, again: 404, arrange: arranged }],
  },
}
