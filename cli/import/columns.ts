import * as z from 'zod'
import { Stop } from '../lib/database.ts'
import { Hashing } from './hashes/hashing.ts'
import type { Fields } from './reading/entry.ts'
import { type StateKind, stateKind } from './states.ts'
import { synonyms } from './synonyms.ts'
import { given } from './values.ts'

export type Column = keyof typeof synonyms

/** The values of one user. A column that the file does not have, or that is empty, is undefined. */
export type Values = Partial<Record<Column, unknown>> & { states: { name: string; kind: StateKind; value: unknown }[] }

const columns = Object.keys(synonyms) as [Column, ...Column[]]

/** The names that a mapping uses for columns that say who may log in, and the kind of each. */
const stateColumns = {
  status: 'word',
  active: 'on',
  disabled: 'off',
  disabled_until: 'until',
  deleted: 'deleted',
} as const

type StateColumn = keyof typeof stateColumns
const stateNames = Object.keys(stateColumns) as [StateColumn, ...StateColumn[]]

/** A column, several columns whose texts are joined with spaces, or one value for all users. */
const From = z.union([
  z.string(),
  z.array(z.string()).min(1),
  z.strictObject({ value: z.union([z.string(), z.boolean()]) }),
])
type From = z.infer<typeof From>

/** The content of a mapping file: for any of our columns, where its value comes from. */
export const Mapping = z.partialRecord(z.enum([...columns, ...stateNames]), From)
export type Mapping = z.infer<typeof Mapping>

/** Returns a name as it is compared: without case, `_` and spaces. */
export const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Returns the value of a column by its name, or a deeper value by a path with dots. */
export const valueAt = (fields: Fields, path: string): unknown => {
  if (Object.hasOwn(fields, path)) return given(fields[path])
  let value: unknown = fields
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return
    value = (value as Fields)[part]
  }
  return given(value)
}

/** Whether a path leads to a column that the entry has, even if it is empty. */
export const reaches = (fields: Fields, path: string): boolean => {
  if (Object.hasOwn(fields, path)) return fields[path] !== undefined
  let value: unknown = fields
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return false
    value = (value as Fields)[part]
  }
  return true
}

/** Which columns of an entry are read. All entries with the same names share it, so it is computed once. */
type Resolution = {
  from: Partial<Record<Column, From>>
  states: { name: string; kind: StateKind; from: From }[]
  used: Used[]
}

/** A column of the file (`from`), and our column that it is read as. */
export type Used = { column: string; from: string }

const usedBy = ({ from, states }: Omit<Resolution, 'used'>): Used[] => {
  const names = (one: From) => (typeof one === 'string' ? [one] : Array.isArray(one) ? one : [])
  return [
    ...columns.flatMap((column) => (from[column] ? names(from[column]).map((name) => ({ column, from: name })) : [])),
    ...states.flatMap((state) => names(state.from).map((name) => ({ column: 'state', from: name }))),
  ]
}

const resolve = (names: string[], mapping: Mapping, ignored: Set<string>): Resolution => {
  const byName = new Map(names.filter((name) => !ignored.has(plain(name))).map((name) => [plain(name), name]))
  const from: Resolution['from'] = {}
  for (const column of columns) {
    const name = synonyms[column].find((synonym) => byName.has(plain(synonym)))
    from[column] = mapping[column] ?? (name && byName.get(plain(name)))
  }
  const mapped = stateNames.filter((name) => mapping[name] !== undefined)
  const taken = new Set(Object.values(from).filter((one) => typeof one === 'string'))
  const found = {
    from,
    states: [
      ...mapped.map((name) => ({ name, kind: stateColumns[name], from: mapping[name]! })),
      ...[...byName.values()]
        .filter((name) => !taken.has(name) && !mapped.includes(plain(name) as StateColumn))
        .flatMap((name) => {
          const kind = stateKind(plain(name))
          return kind ? [{ name, kind, from: name }] : []
        }),
    ],
  }
  return { ...found, used: usedBy(found) }
}

/**
 * Returns functions that read entries: by the mapping if it names a column, otherwise by the names that we know.
 * @param ignored names of columns that are not read, as `plain` returns them
 */
export const createColumns = (mapping: Mapping, ignored = new Set<string>()) => {
  const known = new Map<string, Resolution>()
  let [before, last] = [[] as string[], undefined as Resolution | undefined]
  const resolutionOf = (fields: Fields): Resolution => {
    const names = Object.keys(fields)
    if (last && names.length === before.length && names.every((name, at) => name === before[at])) return last
    const key = names.join('\n')
    const found = known.get(key) ?? resolve(names, mapping, ignored)
    if (known.size < 1000) known.set(key, found)
    ;[before, last] = [names, found]
    return found
  }
  const read = (fields: Fields, from: From): unknown => {
    if (typeof from === 'string') return valueAt(fields, from)
    if (!Array.isArray(from)) return given(from.value)
    return given(
      from
        .map((path) => valueAt(fields, path))
        .filter((part) => part !== undefined)
        .join(' '),
    )
  }
  return {
    valuesOf: (fields: Fields): Values => {
      const { from, states } = resolutionOf(fields)
      const values: Values = { states: [] }
      for (const column of columns) if (from[column] !== undefined) values[column] = read(fields, from[column])
      for (const { name, kind, from } of states) values.states.push({ name, kind, value: read(fields, from) })
      return values
    },
    /** Returns which columns of an entry are read as which of ours. Entries with the same columns share one list. */
    usedOf: (fields: Fields): Used[] => resolutionOf(fields).used,
  }
}

export type Columns = ReturnType<typeof createColumns>

/** Parses a mapping file. @throws Stop if it has another content */
export const readMapping = (text: string): { mapping: Mapping; hashing: Hashing } => {
  try {
    const { prehash, digest, ...mapping } = JSON.parse(text) as Fields
    return { mapping: Mapping.parse(mapping), hashing: Hashing.parse({ prehash, digest }) }
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : []
    const where = issue ? ` (${[...issue.path, issue.message].join(': ')})` : ''
    throw new Stop(
      `The mapping is not a JSON object of columns${where}. It may name ${[...columns, ...stateNames].join(', ')}; "prehash" and "digest" say how passwords were hashed. Admins are named with --admins.`,
    )
  }
}
