import { base64url } from 'jose'
import { v7 } from 'uuid'

/**
 * Returns a UUIDv7, which sorts by time (RFC 9562 §5.7). For ids that are public: users, audit entries.
 * @param seed 22 or more base64url characters instead of randomness, where the same input must give the same id
 */
export const newId = (now: Date, seed?: string) =>
  seed === undefined
    ? v7({ msecs: now.getTime() })
    : v7({ msecs: now.getTime(), random: base64url.decode(seed).slice(0, 16) })

/** Returns the least id of this time: no later id is smaller. Times before 1970 count as 1970. */
export const leastId = (time: Date) => newId(new Date(Math.max(0, time.getTime())), 'A'.repeat(22))

export const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** Returns 128 random bits in 22 characters, for ids that must not be guessed (sessions, links) and for nonces. */
export const randomId = () => base64url.encode(randomBytes(16))
