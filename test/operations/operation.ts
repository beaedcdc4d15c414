import type { World } from '../support/app/population.ts'
import type { TestApp } from '../support/app/support.ts'
import type { Budget } from '../support/budgets/budget.ts'
import type { Arranged, Operation as FaultOperation, Request as FaultRequest } from '../support/faults/fault-world.ts'

/** The parts that complete a path: the values of its parameters, and a query with its `?`. */
export type Address = { id?: string; factor?: string; query?: string }

/** A request of a case. `app` is the service that gets it, if not that of the world. */
export type Sent = Omit<NonNullable<Parameters<TestApp['cost']>[1]>, 'ip'> & Address & { app?: TestApp }

/**
 * Arranges everything that the request needs, before anything is counted.
 * @param operation method and path, for a request that is sent twice
 */
export type Ask = (world: World, operation: string) => Promise<Sent> | Sent

/** What an operation costs in one case, and a request that is that case. */
export type Case = Budget & { request: Ask }

type Arrangement = Omit<Arranged, 'request'> & { request: Omit<FaultRequest, 'operation'> & Address }

/** A request whose calls are made to fail, one after the other and in every way. */
export type Fault = Omit<FaultOperation, 'operation' | 'arrange' | 'name'> & {
  /** The name of the case; by default the operation. */
  name?: string
  arrange: (app: TestApp) => Promise<Arrangement>
}

/**
 * Everything that the tests know about one operation. The tests of guards, bodies, budgets, faults, edge limits and
 * links read it, so a new operation needs a row here and its own tests.
 */
export type Operation = {
  /** The operation of which this is another name. */
  like?: string
  /** A JSON body that is accepted from any permitted caller; a link in it comes from a mail that `app` has sent. */
  json?: (app: TestApp) => object | Promise<object>
  /**
   * Makes the request succeed for the caller with this token, if `json` and the id of a user or session in the path are
   * not enough.
   */
  arrange?: (
    app: TestApp,
    bearer: string,
  ) => Promise<Omit<Address, 'query'> & { json: object; headers?: Record<string, string> }>
  /** A form that is accepted. */
  form?: () => FormData
  /** `member how`: changes of a member that leave the body valid, because it may be missing, null or empty. */
  fine?: string[]
  /** Why strangers may call it without a limit at the edge. */
  unshielded?: string
  /**
   * Case → cost. An admin's write also reads what the admin did within the last hour, so its rows depend on the cases
   * before it. An operation with `like` has the costs of that one.
   */
  costs?: Record<string, Case>
  faults?: Fault[]
}

/** Method and path, as in docs/openapi.json → the operation. */
export type Operations = Record<string, Operation>

/** For a member that may be missing or null. */
export const either = (member: string) => [`${member} missing`, `${member} null`]

const inBrowser = { headers: { Accept: 'text/html' } }

/** The page of a link, which is the same for everybody. */
export const pageOfLink: Operation = {
  unshielded: 'a page: the same text for everybody, without D1',
  costs: { 'its page': { request: () => inBrowser } },
  faults: [{ status: 200, again: 200, arrange: async () => ({ request: inBrowser }) }],
}

/** Public information about the service. */
export const publicly = (cost: Budget = {}): Operation => {
  const { status = 200 } = cost
  return {
    costs: { anybody: { ...cost, request: () => ({}) } },
    faults: [{ status, again: status, arrange: async () => ({ request: {} }) }],
  }
}

export const anyText = (member: string) =>
  ['missing', 'null', 'empty', 'of a control character', 'of half a surrogate pair'].map((how) => `${member} ${how}`)
