import type { EdgeRateLimitCounter } from '../domain/ports/edge-rate-limit.ts'
import { logError } from '../log.ts'
import { measured } from '../meter.ts'
import { withTimeout } from './database.ts'

/** Milliseconds. The binding counts in the machine that asks it, so an answer that takes longer counts as no answer. */
const patience = 100

/** Milliseconds between two lines of the log: a binding that fails does so for every request. */
const quiet = 60_000

/**
 * The Workers rate limit binding. It counts per location of Cloudflare's and roughly, which suits a shield: D1 counts
 * exactly behind it, so that a binding that fails, hangs or is not there lets everything pass.
 */
export const createEdgeRateLimitCounter = (binding: RateLimit | undefined, now: () => Date): EdgeRateLimitCounter => {
  let told = Number.NEGATIVE_INFINITY
  return {
    async lets(key) {
      try {
        if (!binding) throw new Error('no binding')
        const { success } = await withTimeout(
          patience,
          measured('shield', () => binding.limit({ key })),
        )
        return success !== false
      } catch (error) {
        if (now().getTime() - told < quiet) return true
        told = now().getTime()
        logError('shield', error)
        return true
      }
    },
  }
}
