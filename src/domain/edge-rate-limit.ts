import { AuthError } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Visitor } from './model.ts'
import type { EdgeRateLimitCounter } from './ports/edge-rate-limit.ts'

/** The length of a window in seconds: `period` in wrangler.toml. A refused client can retry after it. */
const periodSeconds = 10

type Needs = { counter: EdgeRateLimitCounter; limits: Limits; settings: { throttleFactor: number } }

/**
 * The rate limit at the edge, in front of every expensive operation that strangers can call. It counts all these
 * operations of one network together, in windows of ten seconds, so that a flood reaches neither D1 nor the password
 * hash. It also limits each session's writes that add rows; without this, the audit of one account could grow without
 * bound. The limit of the binding cannot be multiplied, so a `THROTTLE_FACTOR` above 1, which only a service on
 * localhost may have, turns this limit off.
 * @throws AuthError `rate_limited`
 */
export const createEdgeRateLimit = ({ counter, limits, settings }: Needs) => {
  const ask = async (key: string): Promise<void> => {
    if (settings.throttleFactor > 1) return
    if (!(await counter.lets(key))) throw new AuthError('rate_limited', { retryAfter: periodSeconds })
  }
  return {
    network: (visitor: Visitor) => ask(limits.shield(visitor)),
    session: (sid: string) => ask(limits.shieldOfSession(sid)),
    /** Counts by the session of a genuine token, not by network, because many users may refresh from one address. */
    refresh: (sid: string) => ask(limits.shieldOfRefresh(sid)),
  }
}

export type EdgeRateLimit = ReturnType<typeof createEdgeRateLimit>
