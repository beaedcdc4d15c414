import { metadataFault } from '../../src/domain/metadata.ts'
import { valueAt } from './columns.ts'
import type { Fields } from './reading/entry.ts'

/** Returns the member under which a column is stored: the last part of its path. */
export const memberOf = (column: string): string => column.split('.').at(-1)!

/** CSV and SQL have JSON as text. Only objects and lists are parsed: a customer number stays a text. */
const parsed = (value: unknown): unknown => {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/**
 * Returns the columns of --metadata as one object, null if they are empty, or why they cannot be stored. It is nested by
 * column, so that what users could write in the old system stays apart from what only admins could.
 */
export const metadataOf = (fields: Fields, columns: string[]): { metadata: object | null } | { why: string } => {
  const members = columns.flatMap((column) => {
    const value = parsed(valueAt(fields, column))
    return value === undefined ? [] : [[memberOf(column), value] as const]
  })
  if (members.length === 0) return { metadata: null }
  const metadata = Object.fromEntries(members)
  const why = metadataFault(metadata)
  return why ? { why } : { metadata }
}

/** Columns in which known systems store further data about a user. */
export const usualMetadata = [
  'app_metadata',
  'user_metadata',
  'raw_app_meta_data',
  'raw_user_meta_data',
  'public_metadata',
  'private_metadata',
  'unsafe_metadata',
  'customAttributes',
  'attributes',
  'metadata',
  'metadata_public',
  'custom_data',
  'customData',
  'prefs',
]
