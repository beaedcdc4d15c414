import { formWith } from '../support/app/avatar-support.ts'
import { twoColours } from '../support/app/pictures.ts'
import type { SessionBody, TestApp } from '../support/app/support.ts'
import * as populated from '../support/budgets/populated.ts'
import { picture, withPicture } from '../support/faults/arranged.ts'
import { rows, someoneSignedIn } from '../support/faults/fault-world.ts'
import type { Fault, Operations } from './operation.ts'

const avatarOf = async (app: TestApp, email: string) =>
  (await rows(app, 'select avatar from users where email = ?', email))[0]?.avatar

const send = (
  name: string,
  before: (app: TestApp) => Promise<{ session: SessionBody & { email: string }; key?: string }>,
): Fault => ({
  name,
  status: 200,
  again: 200,
  arrange: async (app) => {
    const { session, key } = await before(app)
    return {
      request: { bearer: session.access_token, body: formWith(picture) },
      done: async (later) => ![null, key].includes((await avatarOf(later, session.email)) as string | null),
    }
  },
})

export const avatars: Operations = {
  'POST /api/user/upload-avatar': {
    form: () => formWith(twoColours()),
    costs: {
      'a picture': {
        trips: 2,
        statements: 9,
        rows: [21, 6],
        r2: { classA: 1 },
        images: 1,
        request: async (world) => ({ ...(await populated.signedIn(world)), body: formWith(twoColours()) }),
      },
      'in place of another picture': {
        trips: 2,
        statements: 9,
        rows: [24, 6],
        r2: { classA: 1, deletes: 1 },
        images: 1,
        request: async (world) => ({
          bearer: (await populated.pictured(world)).bearer,
          body: formWith(twoColours()),
        }),
      },
    },
    faults: [send('send a picture', async (app) => ({ session: await someoneSignedIn(app) }))],
  },
  'PUT /api/user/avatar': {
    like: 'POST /api/user/upload-avatar',
    form: () => formWith(twoColours()),
    faults: [send('replace the picture', withPicture)],
  },
  'DELETE /api/user/avatar': {
    costs: {
      'a picture': {
        trips: 1,
        statements: 5,
        rows: [13, 4],
        r2: { deletes: 1 },
        request: async (world) => ({ bearer: (await populated.pictured(world)).bearer }),
      },
    },
    faults: [
      {
        name: 'remove the picture',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { session } = await withPicture(app)
          return {
            request: { bearer: session.access_token },
            done: async (later) => (await avatarOf(later, session.email)) === null,
          }
        },
      },
    ],
  },
  'GET /avatars/{key}': {
    unshielded: 'a list of people has more pictures than that; each is asked for once',
    costs: {
      'a picture': { r2: { classB: 1 }, request: async (world) => ({ id: (await populated.pictured(world)).key }) },
      'no picture': { status: 404, r2: { classB: 1 }, request: () => ({ id: 'A'.repeat(22) }) },
    },
    faults: [
      {
        name: 'read a picture',
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { key } = await withPicture(app)
          return { request: { id: key } }
        },
      },
    ],
  },
}
