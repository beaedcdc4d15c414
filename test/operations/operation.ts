import type { World } from '../support/app/population.ts'
import type { TestApp } from '../support/app/support.ts'
import type { Budget } from '../support/budgets/budget.ts'
import type { Arranged, Operation as FaultOperation, Request as FaultRequest } from '../support/faults/fault-world.ts'

/** What completes the address of an operation: the value of its path parameter, and a query with its `?`. */
export type Address = { id?: string; query?: string }

/** A request of a case. `app` is the service that gets it, where that is another than the one of the world. */
export type Sent = Omit<NonNullable<Parameters<TestApp['cost']>[1]>, 'ip'> & Address & { app?: TestApp }

/**
 * Arranges all that the request needs, before anything is counted.
 * @param operation method and path, for a request that is sent twice
 */
export type Ask = (world: World, operation: string) => Promise<Sent> | Sent

/** What an operation costs in one case, and a request that is that case. */
export type Case = Budget & { request: Ask }

type Arrangement = Omit<Arranged, 'request'> & { request: Omit<FaultRequest, 'operation'> & Address }

/** A request whose calls are made to fail, one after the other and in every way. */
export type Fault = Omit<FaultOperation, 'operation' | 'arrange' | 'name'> & {
  /** The operation, where nothing is said. */
  name?: string
  arrange: (app: TestApp) => Promise<Arrangement>
}

/**
 * All that the tests know of one operation. Guards, bodies, budgets, faults, limits of the edge and links read it: a new
 * operation is a row here, and what its own tests say.
 */
export type Operation = {
  /** The operation that this is another name of. */
  like?: string
  /** A JSON body that is taken, by whoever may ask; a link is of a mail that `app` has sent. */
  json?: (app: TestApp) => object | Promise<object>
  /** A form that is taken. */
  form?: () => FormData
  /** `member how`: ways to spoil a member that do not spoil it, since it may be left out, be null or be empty. */
  fine?: string[]
  /** Why strangers may ask for it without a limit at the edge. */
  unshielded?: string
  /**
   * Case → cost. A write of an admin reads what this admin did within the hour besides, so its rows depend on the cases before
   * it. Another name of an operation has the costs of the one that it names.
   */
  costs?: Record<string, Case>
  faults?: Fault[]
}

/** Method and path, as docs/openapi.json has them → the operation. */
export type Operations = Record<string, Operation>

/** The member may be left out or be null. */
export const either = (member: string) => [`${member} missing`, `${member} null`]

const inBrowser = { headers: { Accept: 'text/html' } }

/** The page of a link: the same text for everybody. */
export const pageOfLink: Operation = {
  unshielded: 'a page: the same text for everybody, without D1',
  costs: { 'its page': { request: () => inBrowser } },
  faults: [{ status: 200, again: 200, arrange: async () => ({ request: inBrowser }) }],
}

/** Something that the service says of itself. */
export const publicly = (cost: Budget = {}): Operation => {
  const { status = 200 } = cost
  return {
    costs: { anybody: { ...cost, request: () => ({}) } },
    faults: [{ status, again: status, arrange: async () => ({ request: {} }) }],
  }
}
