import { namedTwice } from './batch-columns.ts'

/** How often a piece of work used the bindings: R2 by its price classes, the others by calls. */
export type Counted = {
  trips: number
  statements: number
  rowsRead: number
  rowsWritten: number
  kvGets: number
  kvPuts: number
  kvDeletes: number
  r2ClassA: number
  r2ClassB: number
  r2Deletes: number
  images: number
}

export const nothing = (): Counted => ({
  ...{ trips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 },
  ...{ kvGets: 0, kvPuts: 0, kvDeletes: 0, r2ClassA: 0, r2ClassB: 0, r2Deletes: 0, images: 0 },
})

/**
 * Returns a binding that counts calls of its methods, each under the name that `counts` gives it. Any other method
 * throws, because a call that nobody counts costs money too.
 */
export const countedCalls = <T extends object>(
  binding: T,
  counter: Counted,
  counts: Partial<Record<keyof T & string, keyof Counted>>,
): T =>
  new Proxy(binding, {
    get: (target, name) => {
      const method = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      const kind = counts[name as keyof T & string]
      if (!kind) throw new Error(`nobody counts ${String(name)}`)
      return (...given: unknown[]) => {
        counter[kind]++
        return method.apply(target, given)
      }
    },
  })

/** https://developers.cloudflare.com/r2/pricing: a list is in the more expensive class, a deletion is free. */
export const r2Counts = {
  get: 'r2ClassB',
  head: 'r2ClassB',
  put: 'r2ClassA',
  list: 'r2ClassA',
  delete: 'r2Deletes',
} as const

export const kvCounts = { get: 'kvGets', put: 'kvPuts', delete: 'kvDeletes' } as const

/** A picture is billed when it is re-encoded, which begins with `input`. */
export const imagesCounts = { input: 'images' } as const

/**
 * Returns a D1 that counts; a batch is one round trip. Drizzle sends single statements through `raw()`, which reports
 * no rows. So a statement that only reads is sent a second time, and one that writes is sent through `all()`, because
 * its rows never have two columns of one name. A batch in which a SELECT has two columns of one name is refused,
 * because their values would end up in the wrong fields.
 */
export const counted = (d1: D1Database, counter: Counted): D1Database => {
  const originals = new WeakMap<object, { statement: D1PreparedStatement; query: string }>()
  const add = (results: D1Result[]) => {
    counter.trips++
    counter.statements += results.length
    for (const { meta } of results) {
      counter.rowsRead += meta?.rows_read ?? 0
      counter.rowsWritten += meta?.rows_written ?? 0
    }
  }
  const wrap = (statement: D1PreparedStatement, query: string): D1PreparedStatement => {
    const reads = /^\s*select\b/i.test(query)
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), query),
      first: async (column?: string) => {
        const result = await statement.all<Record<string, unknown>>()
        add([result])
        const row = result.results[0]
        return column === undefined ? (row ?? null) : (row?.[column] ?? null)
      },
      all: async () => {
        const result = await statement.all()
        add([result])
        return result
      },
      run: async () => {
        const result = await statement.run()
        add([result])
        return result
      },
      raw: async (options?: { columnNames?: false }) => {
        const result = await statement.all<Record<string, unknown>>()
        add([result])
        return reads ? statement.raw(options) : result.results.map(Object.values)
      },
    } as unknown as D1PreparedStatement
    originals.set(wrapped, { statement, query })
    return wrapped
  }
  const place = (at: Pick<D1Database, 'prepare' | 'batch'>) => ({
    prepare: (query: string) => wrap(at.prepare(query), query),
    batch: async (statements: D1PreparedStatement[]) => {
      const real = statements.map((statement) => originals.get(statement)!)
      for (const { query } of real) if (namedTwice(query).length > 0) throw new Error(`columns would mix: ${query}`)
      const results = await at.batch(real.map(({ statement }) => statement))
      add(results)
      return results
    },
  })
  return {
    ...place(d1),
    withSession: (constraint: string) => {
      const session = d1.withSession(constraint)
      return { ...place(session), getBookmark: () => session.getBookmark() }
    },
  } as unknown as D1Database
}
