import * as z from 'zod'
import { Stop } from '../lib/database.ts'
import { Hashing } from './hashes/hashing.ts'
import type { Fields } from './reading/entry.ts'
import { type StateKind, stateKind } from './states.ts'
import { synonyms } from './synonyms.ts'
import { given } from './values.ts'

export type Column = keyof typeof synonyms

/** A value for each that the file has; what it has not is undefined, and so is an empty text. */
export type Values = Partial<Record<Column, unknown>> & { states: { name: string; kind: StateKind; value: unknown }[] }

const columns = Object.keys(synonyms) as [Column, ...Column[]]

/** Kinds of columns that say who may log in, by the names that a mapping has for them. */
const stateColumns = {
  status: 'word',
  active: 'on',
  disabled: 'off',
  disabled_until: 'until',
  deleted: 'deleted',
} as const

type StateColumn = keyof typeof stateColumns
const stateNames = Object.keys(stateColumns) as [StateColumn, ...StateColumn[]]

/** A column, several whose texts are joined by spaces, or one value for all. */
const From = z.union([
  z.string(),
  z.array(z.string()).min(1),
  z.strictObject({ value: z.union([z.string(), z.boolean()]) }),
])
type From = z.infer<typeof From>

/** What a mapping file says: for any of our columns where it is found. */
export const Mapping = z.partialRecord(z.enum([...columns, ...stateNames]), From)
export type Mapping = z.infer<typeof Mapping>

export const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** A column by its name, or what lies deeper by a path with dots. */
const at = (fields: Fields, path: string): unknown => {
  if (path in fields) return given(fields[path])
  let value: unknown = fields
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return
    value = (value as Fields)[part]
  }
  return given(value)
}

/** Where the names of an entry lead. The same for all entries with these names, so found once. */
type Resolution = {
  from: Partial<Record<Column, From>>
  states: { name: string; kind: StateKind; from: From }[]
  used: Used[]
}

/** A column of the file, and which of ours it is read as. */
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
 * Reads entries by the mapping where it names a column, else by the names that we know.
 * @param ignored names of columns that are not looked at, as `plain` makes them
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
    if (typeof from === 'string') return at(fields, from)
    if (!Array.isArray(from)) return given(from.value)
    return given(
      from
        .map((path) => at(fields, path))
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
    /** Which columns of an entry are read as what: the same list for all that have the same columns. */
    usedOf: (fields: Fields): Used[] => resolutionOf(fields).used,
  }
}

export type Columns = ReturnType<typeof createColumns>

/** @throws Stop where the file says something else */
export const readMapping = (text: string): { mapping: Mapping; hashing: Hashing } => {
  try {
    const { prehash, digest, ...mapping } = JSON.parse(text) as Fields
    return { mapping: Mapping.parse(mapping), hashing: Hashing.parse({ prehash, digest }) }
  } catch {
    throw new Stop(
      `The mapping is no JSON object of columns. It may name: ${[...columns, ...stateNames].join(', ')}; and how passwords were hashed, prehash and digest. Admins are named with --admins.`,
    )
  }
}
