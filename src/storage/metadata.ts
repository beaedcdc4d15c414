import { type SQL, sql } from 'drizzle-orm'
import { longestMetadata } from '../domain/metadata.ts'
import type { Metadata } from '../domain/model.ts'

/**
 * Merges a patch into metadata as RFC 7396 says, in the database, so that two admins do not undo each other's changes.
 * Null clears. Without members, the column is null.
 */
export const mergedMetadata = (current: SQL, patch: Metadata | null) =>
  patch === null
    ? sql<Metadata | null>`null`
    : sql<Metadata | null>`nullif(json_patch(coalesce(${current}, '{}'), ${JSON.stringify(patch)}), '{}')`

/** Whether merged metadata is as short as it must be. Null is. */
export const fits = (merged: SQL) => sql`coalesce(length(cast(${merged} as blob)), 0) <= ${longestMetadata}`
