import { type SQL, sql } from 'drizzle-orm'
import { longestMetadata } from '../domain/metadata.ts'
import type { Metadata } from '../domain/model.ts'

/**
 * Merges a patch into metadata as RFC 7396 specifies. The database does it, so that two admins do not undo each other's
 * changes. A null patch clears the metadata; the column is null if no members are left.
 */
export const mergedMetadata = (current: SQL, patch: Metadata | null) =>
  patch === null
    ? sql<Metadata | null>`null`
    : sql<Metadata | null>`nullif(json_patch(coalesce(${current}, '{}'), ${JSON.stringify(patch)}), '{}')`

/** Whether merged metadata is short enough; true for null. */
export const fits = (merged: SQL) => sql`coalesce(length(cast(${merged} as blob)), 0) <= ${longestMetadata}`
