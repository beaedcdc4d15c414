import { base64url } from 'jose'
import { v7 } from 'uuid'

/**
 * Sorts by time (RFC 9562 §5.7). For what is named openly: users, audit entries.
 * @param seed 22 or more base64url characters in place of randomness, where the same thing must get the same id
 */
export const newId = (now: Date, seed?: string) =>
  seed === undefined
    ? v7({ msecs: now.getTime() })
    : v7({ msecs: now.getTime(), random: base64url.decode(seed).slice(0, 16) })

/** No id of this time or later is less. An id has no time before 1970. */
export const leastId = (time: Date) => newId(new Date(Math.max(0, time.getTime())), 'A'.repeat(22))

/** 128 random bits, 22 characters. For what must not be guessed: sessions, links; and for nonces. */
export const randomId = () => base64url.encode(crypto.getRandomValues(new Uint8Array(16)))
