import { namedTwice } from './batch-columns.ts'

export type Counted = { trips: number; statements: number; rowsRead: number; rowsWritten: number }

/**
 * A D1 that counts: a batch is one round trip. Drizzle reads lone statements through `raw()`, which tells no rows: what
 * only reads is asked once more, and the rows of what writes have no two columns of one name. Refuses a batch in which
 * a SELECT has two columns of one name, since their values would end up in the wrong fields.
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
  return {
    prepare: (query: string) => wrap(d1.prepare(query), query),
    batch: async (statements: D1PreparedStatement[]) => {
      const real = statements.map((statement) => originals.get(statement)!)
      for (const { query } of real) if (namedTwice(query).length > 0) throw new Error(`columns would mix: ${query}`)
      const results = await d1.batch(real.map(({ statement }) => statement))
      add(results)
      return results
    },
  } as unknown as D1Database
}
