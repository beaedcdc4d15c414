/** The columns of a user in the file, with their values. */
export type Fields = Record<string, unknown>

/**
 * A user of the file, or why the user could not be read. `line` is the line where the entry begins, counted from 1. In
 * JSON it is the number of the entry.
 */
export type Entry = { line: number; fields: Fields } | { line: number; error: string }

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
