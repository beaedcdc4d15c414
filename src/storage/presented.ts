import { and, eq, gt, gte, ne, or, sql } from 'drizzle-orm'
import type { Limit } from '../domain/model.ts'
import { sessions } from './schema.ts'
import type { Params } from './statements.ts'

/** Somebody presents the refresh token of one generation of a session: all that the statements below are run with. */
export type Presented = Params<{
  sid: string
  generation: number
  now: Date
  notBefore: Date
  verifiedOnly: boolean
  /** Of the generation that this makes. */
  nonce: string
  idle: number
  /** Milliseconds for which the same token gets the same successor, and for which its own device gets another one. */
  grace: number
  forgiven: number
  /** The id in the device proof of the request. */
  device: string | null
  ip: string | null
  city: string | null
  country: string | null
  userAgent: string | null
  limits: Pick<Limit, 'key' | 'limit' | 'window'>[]
  auditId: string
  /** The least id that an entry of the audit has which is an hour old. */
  anHourAgo: string
  mailId: string
  noticeLifetime: number
}>

export const live = ({ sid, now, notBefore }: Presented) =>
  and(eq(sessions.id, sid), gt(sessions.expiresAt, now), gte(sessions.createdAt, notBefore))

/** The generation whose token made the present one. */
const parent = sql`coalesce(${sessions.parent}, ${sessions.generation} - 1)`

/** Whoever presents this generation gets the same successor again. */
export const repeated = ({ generation, nonce, now, grace }: Presented) =>
  and(
    gt(sessions.generation, generation),
    sql`${parent} = ${generation}`,
    or(eq(sessions.nonce, nonce), sql`${sessions.rotatedAt} > ${now} - ${grace}`),
  )

/**
 * The answer was lost, it seems: the device of the session presents the generation again, and nobody presented the one
 * that it was turned to. It is turned to another, and the first becomes one that nobody should have.
 */
export const lost = ({ generation, nonce, now, grace, forgiven, device }: Presented) =>
  and(
    gt(sessions.generation, generation),
    sql`${parent} = ${generation}`,
    ne(sessions.nonce, nonce),
    sql`${sessions.rotatedAt} <= ${now} - ${grace}`,
    sql`${sessions.rotatedAt} > ${now} - ${forgiven}`,
    sql`${sessions.device} = ${device}`,
  )

/** A generation that was overtaken, and whose answer is not just lost: somebody has a copy of the token. */
export const copied = (presented: Presented) =>
  and(
    gt(sessions.generation, presented.generation),
    sql`not (${repeated(presented)})`,
    // Without a device there is nothing to compare, which SQL takes for neither.
    sql`not coalesce((${lost(presented)}), false)`,
  )
