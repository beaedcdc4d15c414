import { Stop } from '../../lib/database.ts'
import type { Mapping } from '../columns.ts'
import { linesOf, textOf } from './bytes.ts'
import { type Entry, type Fields, isObject } from './entry.ts'
import { chosen, likeness } from './tables.ts'

/** Parses JSON. Undefined for any other text. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {}
}

/** The depth to which users are searched for. */
const deepest = 8

type Found = { name: string; list: unknown[]; likeness: number }

/**
 * Finds the arrays of objects in a value, by their paths. Arrays with the same path are joined, such as the users of
 * all organisations of Zitadel, or all results of D1. Users are not searched for other arrays.
 */
const arraysIn = (value: unknown, mapping: Mapping) => {
  const found = new Map<string, Found>()
  const look = (value: unknown, path: string[], depth: number) => {
    if (depth > deepest) return
    if (Array.isArray(value)) {
      const objects = value.filter(isObject)
      const alike = objects.length > 0 ? Math.max(...objects.slice(0, 20).map((one) => likeness(one, mapping))) : 0
      const name = path.join('.') || 'the whole file'
      if (alike > 0 || depth === 0 || objects.length > 0) {
        const before = found.get(name) ?? { name, list: [], likeness: alike }
        // `push(...)` fails for arrays that are longer than an argument list may be.
        for (const one of value) before.list.push(one)
        before.likeness = Math.max(before.likeness, alike)
        found.set(name, before)
      }
      if (alike === 0) for (const one of objects) look(one, path, depth + 1)
    } else if (isObject(value)) {
      // phpMyAdmin writes the name of a table beside its rows.
      const named = typeof value.name === 'string' && Array.isArray(value.data) ? value.name : undefined
      for (const [name, inner] of Object.entries(value)) look(inner, [...path, named ?? name], depth + 1)
    }
  }
  look(value, [], 0)
  return [...found.values()]
}

/**
 * Returns the users in a JSON value. Undefined if it has no array of objects.
 * @param table the value of --table
 * @throws Stop if it does not show which array has the users
 */
export const usersIn = (value: unknown, mapping: Mapping, file: string, table?: string): unknown[] | undefined => {
  const arrays = arraysIn(value, mapping)
  if (arrays.length === 0) return
  const [only] = arrays
  return (arrays.length === 1 && table === undefined ? only! : chosen(arrays, file, table)).list
}

/** Returns the entry of a JSON value. */
export const entryOf = (line: number, value: unknown): Entry =>
  isObject(value) ? { line, fields: value } : { line, error: 'is not a JSON object' }

/** Returns the whole text of a file. @throws Stop if it is longer than a string may be */
export const wholeText = async (file: string, encoding?: string): Promise<string> => {
  const parts: string[] = []
  for await (const part of textOf(file, encoding)) parts.push(part)
  try {
    return parts.join('')
  } catch {
    throw new Stop(
      `${file} is too long to be read as one JSON text. Convert it to NDJSON, one line per user: jq -c '.users[]' FILE`,
    )
  }
}

/** Yields the entries of NDJSON. Empty lines are skipped. */
export async function* ndjson(file: string, encoding?: string): AsyncGenerator<Entry> {
  let line = 0
  for await (const text of linesOf(file, encoding)) {
    line++
    if (text.trim() === '') continue
    const value = parsed(text) as Fields | undefined
    yield value === undefined ? { line, error: 'is not JSON' } : entryOf(line, value)
  }
}
