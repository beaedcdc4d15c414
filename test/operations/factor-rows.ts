import type { World } from '../support/app/population.ts'
import { type SessionBody, somePassword, type TestApp } from '../support/app/support.ts'
import { isTrue, someoneSignedIn } from '../support/faults/fault-world.ts'
import type { Case, Operation } from './operation.ts'

/** A kind of second factor that users name and remove. */
export type FactorKind = {
  table: 'totp' | 'passkeys'
  /** What a fault's name calls it. */
  what: string
  short: string
  name: string
  /** The bits of `users.factors` of the holder. */
  bits: number
  /** Makes the user of a session a holder, with a request about the factor and full proof. */
  holder: (
    app: TestApp,
    session: SessionBody,
  ) => Promise<{ id: string; bearer: string; headers: Record<string, string> }>
  /** Gives the caller the factor and full proof. */
  give: (app: TestApp, bearer: string) => Promise<{ id: string; headers: Record<string, string> }>
}

export const rightPassword = { current_password: somePassword }

/** Whether a user has so many factors of a kind. */
export const hasFactors = (table: FactorKind['table'], id: string, count: number) => (app: TestApp) =>
  isTrue(app, `select 1 where ? = (select count(*) from ${table} where user_id = ?)`, count, id)

const inWorld = async ({ holder }: FactorKind, world: World) => holder(world.app, await world.logIn())

const unknown = (kind: FactorKind, cost: Pick<Case, 'statements' | 'rows'>, rest = {}): Case => ({
  ...{ status: 404, trips: 1, ...cost },
  request: async (world) => ({ ...(await inWorld(kind, world)), id: 'none', ...rest }),
})

/** The operation that names a factor. */
export const renaming = (kind: FactorKind, fine?: string[]): Operation => {
  const json = { name: kind.name }
  return {
    json: () => json,
    ...(fine && { fine }),
    arrange: async (app, bearer) => ({ ...(await kind.give(app, bearer)), json }),
    costs: {
      'another name': {
        ...{ trips: 1, statements: 4, rows: [18, 4] },
        request: async (world) => ({ ...(await inWorld(kind, world)), json }),
      },
      'an unknown id': unknown(kind, { statements: 4, rows: [9, 0] }, { json }),
    },
    faults: [
      {
        name: `name ${kind.what}`,
        status: 200,
        again: 200,
        arrange: async (app) => {
          const { headers: _, ...request } = await kind.holder(app, await someoneSignedIn(app))
          const named = `select 1 from ${kind.table} where id = ? and name = ?`
          return { request: { ...request, json }, done: (later) => isTrue(later, named, request.id, kind.name) }
        },
      },
    ],
  }
}

/** The operation that removes a factor. `cost`: that of removing the last one, and of an unknown id. */
export const removing = (
  kind: FactorKind,
  cost: { last: Pick<Case, 'statements' | 'rows'>; unknown: Pick<Case, 'statements' | 'rows'> },
): Operation => ({
  json: () => rightPassword,
  fine: ['current_password missing'],
  arrange: async (app, bearer) => ({ ...(await kind.give(app, bearer)), json: {} }),
  costs: {
    [`the last ${kind.short}`]: {
      ...{ trips: [1, 1], ...cost.last, kv: { puts: 1 }, mails: 1 },
      request: (world) => inWorld(kind, world),
    },
    'an unknown id': unknown(kind, cost.unknown),
  },
  faults: [
    {
      name: `remove ${kind.what}`,
      status: 200,
      again: 403,
      arrange: async (app) => {
        const session = await someoneSignedIn(app)
        const { id } = session.user
        return {
          request: await kind.holder(app, session),
          done: hasFactors(kind.table, id, 0),
          holds: (later, done) =>
            isTrue(later, 'select 1 from users where id = ? and factors = ?', id, done ? 0 : kind.bits),
        }
      },
    },
  ],
})
