import type { EdgeRateLimitCounter } from '../domain/ports/edge-rate-limit.ts'
import { logError } from '../log.ts'
import { timed } from '../meter.ts'
import { withTimeout } from './database.ts'

/**
 * Milliseconds after which an answer counts as missing. The binding counts on the Worker's own machine and normally
 * answers much sooner.
 */
const timeoutMs = 100

/** Milliseconds between two log lines: a failing binding fails for every request. */
const logEveryMs = 60_000

/**
 * The Workers rate limiting binding. It counts approximately and per Cloudflare location. That is enough here: D1
 * counts exactly behind it, so if the binding fails, hangs or is missing, every request passes.
 */
export const createEdgeRateLimitCounter = (binding: RateLimit | undefined, now: () => Date): EdgeRateLimitCounter => {
  let loggedAt = Number.NEGATIVE_INFINITY
  return {
    async lets(key) {
      try {
        if (!binding) throw new Error('no binding')
        const { success } = await withTimeout(
          timeoutMs,
          timed('shield', () => binding.limit({ key })),
        )
        return success !== false
      } catch (error) {
        if (now().getTime() - loggedAt < logEveryMs) return true
        loggedAt = now().getTime()
        logError('shield', error)
        return true
      }
    },
  }
}
