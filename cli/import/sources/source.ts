import type { Mapping } from '../columns.ts'
import type { Fields } from '../reading/entry.ts'

/** Where a file comes from: what is particular to it. Everything else its columns' names say. */
export type Source = {
  title: string
  /** Whether a user of the file shows it; left out for what has to be named. */
  recognises?: (fields: Fields) => boolean
  /** Puts what lies deeper where it is found, and a hash of several columns together. */
  flatten?: (fields: Fields) => Fields
  /** Columns that `flatten` takes in, which are not unused therefore. */
  reads?: string[]
  mapping?: Mapping
  /** Columns whose names say something else here. */
  ignores?: string[]
}

export const has = (fields: Fields, ...names: string[]) => names.every((name) => name in fields)

export const object = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

export const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(object) : [])

export const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''

/** An object, or one written as JSON in a column. */
export const json = (value: unknown): Fields => {
  try {
    return object(typeof value === 'string' ? JSON.parse(value) : value)
  } catch {
    return {}
  }
}
