import { AuthError } from './errors.ts'
import type { Limits } from './limits.ts'
import type { Visitor } from './model.ts'
import type { EdgeRateLimitCounter } from './ports/edge-rate-limit.ts'

/** Seconds after which a window of the binding is over that began with the refusal: `period` in wrangler.toml. */
const period = 10

type Needs = { counter: EdgeRateLimitCounter; limits: Limits; settings: { throttleFactor: number } }

/**
 * Stands before everything that strangers may ask for and that costs something: one network gets so much of it in ten
 * seconds, all operations together, and the rest costs neither D1 nor a hash. One session gets as much of what leaves a row
 * behind, or the audit of one account could grow without bound. A multiplied throttle, which only a localhost may have,
 * is asked for to be out of the way; the binding's own limit cannot be multiplied.
 * @throws AuthError `rate_limited`
 */
export const createEdgeRateLimit = ({ counter, limits, settings }: Needs) => {
  const ask = async (key: string): Promise<void> => {
    if (settings.throttleFactor > 1) return
    if (!(await counter.lets(key))) throw new AuthError('rate_limited', { retryAfter: period })
  }
  return {
    network: (visitor: Visitor) => ask(limits.shield(visitor)),
    session: (sid: string) => ask(limits.shieldOfSession(sid)),
    /** By the session of a genuine token and not by network: whoever is signed in behind one address refreshes. */
    refresh: (sid: string) => ask(limits.shieldOfRefresh(sid)),
  }
}

export type EdgeRateLimit = ReturnType<typeof createEdgeRateLimit>
