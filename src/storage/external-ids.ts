import { type SQL, sql } from 'drizzle-orm'
import { users } from './schema.ts'

/**
 * Whether a user other than `owner` has this text as the external id or as the id. TOKEN_SUBJECT makes either of them
 * the subject of tokens, and a subject must name one user.
 */
export const externalIdTaken = (externalId: string, owner: SQL) =>
  sql<number>`exists (select 1 from ${users} as named where (named.external_id = ${externalId} or named.id = ${externalId.toLowerCase()}) and named.id <> ${owner})`
