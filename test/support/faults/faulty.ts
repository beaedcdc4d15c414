/** One call to D1: its number, counted from 1, and the SQL of its statements. A batch is one call. */
export type D1Call = { number: number; sql: string[] }

/** Stands between the service and D1. It makes the call with `go`, at any time or not at all. */
export type Between = (call: D1Call, go: () => Promise<unknown>) => Promise<unknown>

/** D1's own words for a transient fault, after which the service tries again. */
export const connectionLost = () => new Error('D1_ERROR: Network connection lost.')

/** D1's own words for a fault that another attempt makes worse. */
export const overloaded = () => new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.')

/** Returns a D1 whose every call goes through `between`. The real one does what `between` lets pass. */
export const faulty = (d1: D1Database, between: Between): D1Database => {
  const originals = new WeakMap<object, { statement: D1PreparedStatement; sql: string }>()
  let number = 0
  const call = (sql: string[], go: () => Promise<unknown>) => between({ number: ++number, sql }, go)
  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), sql),
      all: () => call([sql], () => statement.all()),
      run: () => call([sql], () => statement.run()),
      raw: (options?: { columnNames?: false }) => call([sql], () => statement.raw(options)),
    } as unknown as D1PreparedStatement
    originals.set(wrapped, { statement, sql })
    return wrapped
  }
  return {
    prepare: (sql: string) => wrap(d1.prepare(sql), sql),
    batch: (statements: D1PreparedStatement[]) => {
      const real = statements.map((statement) => originals.get(statement)!)
      return call(
        real.map(({ sql }) => sql),
        () => d1.batch(real.map(({ statement }) => statement)),
      )
    },
  } as unknown as D1Database
}

/**
 * Makes the calls fail that `which` selects: `before` they take effect, or `after`, when the caller cannot know that
 * they did.
 */
export const failing =
  (when: 'before' | 'after', which: (call: D1Call) => boolean, error: () => Error = connectionLost): Between =>
  async (call, go) => {
    if (!which(call)) return go()
    if (when === 'after') await go()
    throw error()
  }
