import { and, eq, gt, gte, ne, or, sql } from 'drizzle-orm'
import { sessions } from './schema.ts'
import type { Params } from './statements.ts'

/**
 * The parameters of the conditions below: somebody presents the refresh token of one generation of a session.
 */
export type Presented = Params<{
  sid: string
  generation: number
  now: Date
  notBefore: Date
  verifiedOnly: boolean
  /** The nonce of the generation that this refresh creates. */
  nonce: string
  idleMs: number
  /**
   * `graceMs`: milliseconds for which the same token gets the same successor. `forgivenMs`: milliseconds for which the
   * session's own device may get another one.
   */
  graceMs: number
  forgivenMs: number
  /** The device id in the request's device cookie or header. */
  device: string | null
  ip: string | null
  city: string | null
  country: string | null
  userAgent: string | null
  /** The most refreshes in a window of `windowMs` milliseconds. */
  most: number
  windowMs: number
  auditId: string
  /** The least id of an audit entry that is an hour old. */
  anHourAgo: string
  mailId: string
  noticeLifetimeMs: number
}>

export const live = ({ sid, now, notBefore }: Presented) =>
  and(eq(sessions.id, sid), gt(sessions.expiresAt, now), gte(sessions.createdAt, notBefore))

/** Whether the session has used up the refreshes of its current window. */
export const isFull = ({ now, most }: Presented) =>
  sql<boolean>`(${sessions.turns} >= ${most} and ${sessions.turnsEndAt} > ${now})`

/** The generation whose token created the current one. */
const parent = sql`coalesce(${sessions.parent}, ${sessions.generation} - 1)`

/** Whether the same token is presented again within the grace time: it gets the same successor. */
export const repeated = ({ generation, nonce, now, graceMs }: Presented) =>
  and(
    gt(sessions.generation, generation),
    sql`${parent} = ${generation}`,
    or(eq(sessions.nonce, nonce), sql`${sessions.rotatedAt} > ${now} - ${graceMs}`),
  )

/**
 * Whether the answer was probably lost: the session's own device presents the generation again, and nobody has
 * presented its successor. The session then moves to another successor, and presenting the first one becomes reuse.
 */
export const lost = ({ generation, nonce, now, graceMs, forgivenMs, device }: Presented) =>
  and(
    gt(sessions.generation, generation),
    sql`${parent} = ${generation}`,
    ne(sessions.nonce, nonce),
    sql`${sessions.rotatedAt} <= ${now} - ${graceMs}`,
    sql`${sessions.rotatedAt} > ${now} - ${forgivenMs}`,
    sql`${sessions.device} = ${device}`,
  )

/**
 * Whether this is reuse: the generation has a successor, and this is neither a repetition within the grace time nor a
 * lost answer. Somebody has a copy of the token.
 */
export const copied = (presented: Presented) =>
  and(
    gt(sessions.generation, presented.generation),
    sql`not (${repeated(presented)})`,
    // Without a device id the comparison is null in SQL, neither true nor false.
    sql`not coalesce((${lost(presented)}), false)`,
  )
