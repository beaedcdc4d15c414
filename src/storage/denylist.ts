import type { Denylist } from '../domain/ports/denylist.ts'
import { logError } from '../log.ts'
import { timed } from '../meter.ts'
import { withTimeout } from './database.ts'

/** KV refuses an `expirationTtl` below 60 seconds. */
const leastTtlSeconds = 60

/** Milliseconds that a refresh waits for KV at most: D1, which is asked at the same time, decides anyway. */
const timeoutMs = 50

/**
 * The denylist in KV. Other Workers bind the same namespace and refuse access tokens whose `sid` is a key in it
 * (`sid:<sid>`; the value is the time when the session ended). An entry outlives every access token of its session. KV
 * may take 60 seconds or more to show it elsewhere.
 */
export const createDenylist = (kv: KVNamespace, accessTokenSeconds: number): Denylist => ({
  async add(sids, now) {
    const expirationTtl = Math.max(leastTtlSeconds, accessTokenSeconds + 60)
    const results = await Promise.allSettled(
      sids.map((sid) => timed('kv', () => kv.put(`sid:${sid}`, now.toISOString(), { expirationTtl }))),
    )
    for (const result of results) if (result.status === 'rejected') logError('denylist', result.reason)
  },

  async has(sid) {
    try {
      const found = await withTimeout(
        timeoutMs,
        timed('kv', () => kv.get(`sid:${sid}`)),
      )
      // Any other answer of a broken namespace is not an entry of ours.
      return typeof found === 'string'
    } catch {
      return false
    }
  },
})
