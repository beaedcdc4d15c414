import type { Mapping } from '../columns.ts'
import type { Fields } from '../reading/entry.ts'

/**
 * A system that writes files of users, and how its files differ from others. Everything else is read by names of
 * columns.
 */
export type Source = {
  title: string
  /** Whether a user comes from this system. Left out if the system has to be named by --format. */
  recognises?: (fields: Fields) => boolean
  /** Lifts nested values to the top level, and combines a hash that is in several columns. */
  flatten?: (fields: Fields) => Fields
  /** Columns that `flatten` reads, so that they do not count as unused. */
  reads?: string[]
  /** Where our columns are if their names do not show it. The operator's mapping comes first. */
  mapping?: Mapping
  /** Columns whose names mean something else in this system. */
  ignores?: string[]
}

/** Whether an entry has all of these columns. */
export const has = (fields: Fields, ...names: string[]) => names.every((name) => name in fields)

export const object = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

export const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(object) : [])

export const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''

/** Returns a list, or undefined for an empty one, which counts as no value. */
export const some = <T>(values: T[]): T[] | undefined => (values.length > 0 ? values : undefined)

/** Returns an object, parsed if it is JSON in a text. Returns an empty object for anything else. */
export const json = (value: unknown): Fields => {
  try {
    return object(typeof value === 'string' ? JSON.parse(value) : value)
  } catch {
    return {}
  }
}
