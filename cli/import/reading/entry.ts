export type Fields = Record<string, unknown>

/**
 * One user of the file, or why it could not be read. `line` is where it begins, counted from 1; in JSON it is the number of
 * the entry.
 */
export type Entry = { line: number; fields: Fields } | { line: number; error: string }

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
