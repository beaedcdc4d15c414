import { Stop } from '../../lib/database.ts'
import type { Mapping } from '../columns.ts'
import { linesOf, textOf } from './bytes.ts'
import { type Entry, type Fields, isObject } from './entry.ts'
import { chosen, likeness } from './tables.ts'

export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {}
}

/** How deep users are looked for. */
const deepest = 8

type Found = { name: string; list: unknown[]; likeness: number }

/**
 * Arrays of objects, by the way to each: what comes of several places of one kind, as of Zitadel's organisations or D1's
 * results, is one. Nothing is looked for within a user.
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
        // Not by `push(...)`: an array may be longer than a call may have arguments.
        for (const one of value) before.list.push(one)
        before.likeness = Math.max(before.likeness, alike)
        found.set(name, before)
      }
      if (alike === 0) for (const one of objects) look(one, path, depth + 1)
    } else if (isObject(value)) {
      // phpMyAdmin's tables have their names beside their rows.
      const named = typeof value.name === 'string' && Array.isArray(value.data) ? value.name : undefined
      for (const [name, inner] of Object.entries(value)) look(inner, [...path, named ?? name], depth + 1)
    }
  }
  look(value, [], 0)
  return [...found.values()]
}

/** The users of a JSON value, or undefined where it has no array of objects. @throws Stop */
export const usersIn = (value: unknown, mapping: Mapping, file: string, table?: string): unknown[] | undefined => {
  const arrays = arraysIn(value, mapping)
  if (arrays.length === 0) return
  const [only] = arrays
  return (arrays.length === 1 && table === undefined ? only! : chosen(arrays, file, table)).list
}

export const entryOf = (line: number, value: unknown): Entry =>
  isObject(value) ? { line, fields: value } : { line, error: 'is not a JSON object' }

/** The text of a whole file. @throws Stop where it is longer than a text may be */
export const wholeText = async (file: string, encoding?: string): Promise<string> => {
  const parts: string[] = []
  for await (const part of textOf(file, encoding)) parts.push(part)
  try {
    return parts.join('')
  } catch {
    throw new Stop(`${file} is too long for one JSON text. Write it as a line for each user: jq -c '.users[]' FILE`)
  }
}

export async function* ndjson(file: string, encoding?: string): AsyncGenerator<Entry> {
  let line = 0
  for await (const text of linesOf(file, encoding)) {
    line++
    if (text.trim() === '') continue
    const value = parsed(text) as Fields | undefined
    yield value === undefined ? { line, error: 'is not JSON' } : entryOf(line, value)
  }
}
