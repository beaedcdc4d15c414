import { is, Placeholder, type Query, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { Db } from './database.ts'

type Value = string | number | boolean | Date | null
type Values = Record<string, Value>

/** The parameters a statement is built with, one for each value. */
export type Params<V> = { [Name in keyof V]: SQL }

type Builder = BatchItem<'sqlite'> & {
  prepare(): { getQuery(): Query; mapResult(result: unknown, isFromBatch: boolean): unknown }
}

/**
 * Returns a statement that Drizzle builds once per isolate and not per request: building takes longer than running. It
 * can be passed to `batch` like the builder it comes from, or to `runOne`. Within `build` every value is a parameter,
 * so the SQL cannot depend on values.
 */
export const prepared = <V extends Values, Q extends Builder>(build: (db: Db, parameters: Params<V>) => Q) => {
  let built: ReturnType<typeof compile> | undefined
  return (db: Db, values: V): Q => {
    built ??= compile(build(db, parametersFor(values)))
    const made = built
    const prepared: Prepared = {
      stmt: db.$client.prepare(made.text),
      getQuery: () => ({ params: made.parameters.map((parameter) => parameter(values)) }),
      mapResult: made.mapResult,
    }
    // Only what `batch` needs of a builder, so that nobody can await it by mistake.
    return { _prepare: () => prepared } as unknown as Q
  }
}

type Prepared = {
  stmt: D1PreparedStatement
  getQuery: () => { params: unknown[] }
  mapResult: (result: unknown) => unknown
}

/**
 * Sends one statement without the transaction of a batch. Unlike Drizzle's own path, this reports how many rows were
 * read and written.
 */
export const runOne = async <Q extends BatchItem<'sqlite'>>(query: Q): Promise<Q['_']['result']> => {
  const { stmt, getQuery, mapResult } = (query as unknown as { _prepare(): Prepared })._prepare()
  return mapResult(await stmt.bind(...getQuery().params).all())
}

const parametersFor = <V extends Values>(values: V): Params<V> =>
  Object.fromEntries(Object.keys(values).map((name) => [name, sql`${sql.placeholder(name)}`])) as Params<V>

/** Returns the SQL, with one numbered parameter for a value used in several places, and where to find the values. */
const compile = (builder: Builder) => {
  const prepared = builder.prepare()
  const query = prepared.getQuery()
  const parameters: ((values: Values) => unknown)[] = []
  const numbers = new Map<unknown, number>()
  let at = 0
  const text = query.sql.replaceAll('?', () => {
    const parameter = query.params[at++]
    const key = is(parameter, Placeholder) ? `slot ${parameter.name}` : parameter
    const number =
      numbers.get(key) ?? parameters.push(is(parameter, Placeholder) ? lookup(parameter.name) : () => parameter)
    numbers.set(key, number)
    return `?${number}`
  })
  return { text, parameters, mapResult: (result: unknown) => prepared.mapResult(result, true) }
}

const lookup = (name: string) => (values: Values) => encode(values[name])

/** Encodes a value as our columns do. A parameter belongs to no column that could encode it. */
const encode = (value: unknown) =>
  value instanceof Date ? value.getTime() : typeof value === 'boolean' ? Number(value) : value
