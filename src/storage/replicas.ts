import { AsyncLocalStorage } from 'node:async_hooks'
import { logError } from '../log.ts'
import { withTimeout } from './database.ts'

/**
 * Milliseconds that a replica may take to answer and catch up before the primary is asked: about one trip around the
 * world.
 */
const timeoutMs = 500

/** Milliseconds between two log lines: a lagging replica lags for every request. */
const logEveryMs = 60_000

/**
 * Where a request reads: from a replica that has reached the bookmark, from any replica, or by default from the
 * primary.
 */
export type ReadsFrom = { bookmark: string } | 'any replica' | undefined

type RequestReads = { from: ReadsFrom; written: string | null }

/** What D1 and a D1 session have in common. */
type Place = Pick<D1Database, 'prepare' | 'batch'>
/** `found`: whether an answer contains a row. */
type Ask = <T>(work: (place: Place) => Promise<T>, found: (answer: T) => boolean) => Promise<T>

/**
 * Returns two views of one database for D1's Sessions API: `primary` for everything, and `nearest` for reads that a
 * replica may answer if the request allows it. Both exist once per isolate, so they find the current request by its
 * asynchronous context. Outside `during`, as in the cron, both are the primary.
 */
export const createReplicas = (d1: D1Database, now: () => Date) => {
  const context = new AsyncLocalStorage<RequestReads>()
  let loggedAt = Number.NEGATIVE_INFINITY

  /** Each round trip has its own session: only the first query of a session is certain to reach the primary. */
  const atPrimary: Ask = async (work) => {
    const current = context.getStore()
    if (!current) return work(d1)
    const session = d1.withSession('first-primary')
    const result = await work(session)
    const bookmark = session.getBookmark()
    // Bookmarks compare as text, as in the runtime itself.
    if (bookmark !== null && (current.written === null || current.written < bookmark)) current.written = bookmark
    return result
  }

  /**
   * Accepts a row from a replica, but never its absence: a missing row may be too new for the replica. The primary also
   * answers if a replica or a bookmark fails in any way.
   */
  const atNearest: Ask = async (work, found) => {
    const from = context.getStore()?.from
    if (!from) return atPrimary(work, found)
    try {
      const session = d1.withSession(from === 'any replica' ? 'first-unconstrained' : from.bookmark)
      const answer = await withTimeout(timeoutMs, work(session))
      if (found(answer)) return answer
    } catch (error) {
      if (now().getTime() - loggedAt >= logEveryMs) {
        loggedAt = now().getTime()
        logError('replica', error)
      }
    }
    return atPrimary(work, found)
  }

  return {
    primary: redirectable(atPrimary),
    nearest: redirectable(atNearest),

    /** Runs the work of one request. @returns the bookmark of the primary's last answer; null if it was not asked */
    during: async (from: ReadsFrom, work: () => Promise<unknown>): Promise<string | null> => {
      const current: RequestReads = { from, written: null }
      await context.run(current, work)
      return current.written
    },
  }
}

export type Replicated = ReturnType<typeof createReplicas>

const holdsRows = (result: D1Result) => result.results.length > 0

/**
 * Returns a D1 that chooses between primary and replica when a statement runs, not when it is prepared: statements may
 * be older than requests.
 */
const redirectable = (ask: Ask): D1Database => {
  const made = new WeakMap<object, (place: Place) => D1PreparedStatement>()
  const statement = (on: (place: Place) => D1PreparedStatement): D1PreparedStatement => {
    const later = {
      bind: (...values: unknown[]) => statement((place) => on(place).bind(...values)),
      first: (column?: string) =>
        ask(
          (place) => (column === undefined ? on(place).first() : on(place).first(column)),
          (value) => value !== null,
        ),
      all: () => ask((place) => on(place).all(), holdsRows),
      run: () => ask((place) => on(place).run(), holdsRows),
      raw: (options?: { columnNames?: false }) =>
        ask(
          (place) => on(place).raw(options),
          (rows) => rows.length > 0,
        ),
    } as unknown as D1PreparedStatement
    made.set(later, on)
    return later
  }
  return {
    prepare: (sql: string) => statement((place) => place.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      ask(
        (place) => place.batch(statements.map((later) => made.get(later)!(place))),
        (results) => results.some(holdsRows),
      ),
  } as unknown as D1Database
}
