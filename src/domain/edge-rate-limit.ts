import { AuthError } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Visitor } from './model.ts'
import type { EdgeRateLimitCounter } from './ports/edge-rate-limit.ts'

/** Seconds after which the window of a refusal has ended in any case: `period` in wrangler.toml. */
const periodSeconds = 10

type Needs = { counter: EdgeRateLimitCounter; limits: Limits; settings: { throttleFactor: number } }

/**
 * The rate limit at the edge, in front of every expensive operation open to strangers. It bounds each network for ten
 * seconds over all these operations, so that a flood reaches neither D1 nor a hash. It also bounds the writes of each
 * session that leave rows; otherwise the audit of one account could grow without limit. A `THROTTLE_FACTOR` above 1,
 * which only a localhost may set, turns it off: the limit of the binding cannot be multiplied.
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
    /** By the session of a genuine token and not by network, since many users may refresh behind one address. */
    refresh: (sid: string) => ask(limits.shieldOfRefresh(sid)),
  }
}

export type EdgeRateLimit = ReturnType<typeof createEdgeRateLimit>
