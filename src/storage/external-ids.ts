import { type SQL, sql } from 'drizzle-orm'
import { users } from './schema.ts'

/**
 * Whether a user other than the one of `owner` has this external id, or has it as the id: TOKEN_SUBJECT makes both the
 * subject of tokens, which must name one user.
 */
export const externalIdTaken = (externalId: string, owner: SQL) =>
  sql<number>`exists (select 1 from ${users} as named where (named.external_id = ${externalId} or named.id = ${externalId.toLowerCase()}) and named.id <> ${owner})`
