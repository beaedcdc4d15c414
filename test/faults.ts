/** What a call does in place of its work: nothing, or its work and then its answer is lost on the way. */
type Fault = 'before' | 'after'

/** A D1 that works until it is told otherwise. A batch is one call. */
export const faultyD1 = (d1: D1Database) => {
  const originals = new WeakMap<object, D1PreparedStatement>()
  let next: Fault[] = []
  let down = false

  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    const fault = down ? 'before' : next.shift()
    const lost = new Error('D1_ERROR: Network connection lost.')
    if (fault === 'before') throw lost
    const result = await work()
    if (fault === 'after') throw lost
    return result
  }
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      first: (column: string) => run(() => statement.first(column)),
      all: () => run(() => statement.all()),
      run: () => run(() => statement.run()),
      raw: (options?: { columnNames?: false }) => run(() => statement.raw(options)),
    } as unknown as D1PreparedStatement
    originals.set(wrapped, statement)
    return wrapped
  }

  return {
    binding: {
      prepare: (query: string) => wrap(d1.prepare(query)),
      batch: (statements: D1PreparedStatement[]) =>
        run(() => d1.batch(statements.map((statement) => originals.get(statement) ?? statement))),
    } as unknown as D1Database,
    /** The next calls fail, one by one in this way. The service tries a call three times. */
    fail: (...faults: Fault[]) => {
      next = faults
    },
    /** Every call fails, or none does any more. */
    down: (value = true) => {
      down = value
    },
  }
}

/** A KV that never learns of a write: what another place on earth sees for a minute and more after it. */
export const staleKv = () =>
  ({ get: async () => null, put: async () => undefined, delete: async () => undefined }) as unknown as KVNamespace

/** A KV that throws, or never answers. */
export const brokenKv = (how: 'throws' | 'hangs') => {
  const call = () =>
    how === 'throws' ? Promise.reject(new Error('KV GET failed: 500')) : new Promise<never>(() => undefined)
  return { get: call, put: async () => undefined } as unknown as KVNamespace
}
