import { AsyncLocalStorage } from 'node:async_hooks'
import { logError } from '../log.ts'
import { withTimeout } from './database.ts'

/** Milliseconds that a replica may take, and catch up in, before the primary is asked: about one trip around the world. */
const patience = 500

/** Milliseconds between two lines of the log: a replica that lags does so for every request. */
const quiet = 60_000

/** Where a request reads: at a replica that has come as far as the bookmark, at any, or where nothing is said at the primary. */
export type ReadsFrom = { bookmark: string } | 'any replica' | undefined

type Asked = { from: ReadsFrom; written: string | null }

/** What D1 and a session of it have in common. */
type Place = Pick<D1Database, 'prepare' | 'batch'>
/** `found`: whether an answer holds a row. */
type Ask = <T>(work: (place: Place) => Promise<T>, found: (answer: T) => boolean) => Promise<T>

/**
 * Two views of one database for D1's Sessions API: `primary` for everything, and `nearest` for reads that a replica may
 * answer where the request says so. Which request asks is known by the asynchronous context, since both are made once
 * per isolate; outside of `during`, as in the cron, both are the primary.
 */
export const createReplicas = (d1: D1Database, now: () => Date) => {
  const context = new AsyncLocalStorage<Asked>()
  let told = Number.NEGATIVE_INFINITY

  /** A session of its own for each trip: only the first query of one is sure to go to the primary. */
  const atPrimary: Ask = async (work) => {
    const asked = context.getStore()
    if (!asked) return work(d1)
    const session = d1.withSession('first-primary')
    const result = await work(session)
    const bookmark = session.getBookmark()
    // They compare as text, as the runtime itself compares them.
    if (bookmark !== null && (asked.written === null || asked.written < bookmark)) asked.written = bookmark
    return result
  }

  /**
   * A replica may say yes, and only the primary no: what a replica does not find may be too new for it. Whatever else is
   * wrong with a replica, or with a bookmark, is the primary's to answer as well.
   */
  const atNearest: Ask = async (work, found) => {
    const from = context.getStore()?.from
    if (!from) return atPrimary(work, found)
    try {
      const session = d1.withSession(from === 'any replica' ? 'first-unconstrained' : from.bookmark)
      const answer = await withTimeout(patience, work(session))
      if (found(answer)) return answer
    } catch (error) {
      if (now().getTime() - told >= quiet) {
        told = now().getTime()
        logError('replica', error)
      }
    }
    return atPrimary(work, found)
  }

  return {
    primary: asking(atPrimary),
    nearest: asking(atNearest),

    /**
     * Does the work of one request.
     * @returns how far the primary had come when it answered last; null where it was not asked
     */
    during: async (from: ReadsFrom, work: () => Promise<unknown>): Promise<string | null> => {
      const asked: Asked = { from, written: null }
      await context.run(asked, work)
      return asked.written
    },
  }
}

export type Replicated = ReturnType<typeof createReplicas>

const holdsRows = (result: D1Result) => result.results.length > 0

/** A D1 that finds out whom to ask when a statement runs, not when it is prepared: statements may be older than requests. */
const asking = (ask: Ask): D1Database => {
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
