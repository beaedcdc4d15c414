import { base64url } from 'jose'
import type { ScryptCost } from '../setting-values.ts'
import type { Gate } from './gate.ts'
import { formsOf, readForeign } from './hashes/foreign.ts'
import type { ForeignHash } from './hashes/format.ts'
import { normalizePassword } from './password-policy.ts'
import { hashScrypt, parseScrypt, type Scrypt, saltBytes, verifyScrypt } from './scrypt.ts'

export type Passwords = ReturnType<typeof createPasswords>

/**
 * Hashes and verifies passwords, one at a time through the gate. Every path open to strangers costs exactly one hash,
 * so that time reveals nothing: if no hash is stored, a dummy hash is computed.
 * @param unreadable called with the format's name if a stored hash cannot be read
 * @param scrypt computes hashes in our own format; by default noble's
 */
export const createPasswords = (
  cost: ScryptCost,
  gate: Gate,
  unreadable: (format: string) => void = () => {},
  scrypt?: Scrypt,
) => {
  let nobody: string | undefined
  const dummy = () => {
    nobody ??= `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`
    return nobody
  }

  const verifyForeign = async (password: string, foreign: ForeignHash): Promise<boolean> => {
    const derive = await foreign.load()
    for (const form of formsOf(password, foreign)) {
      const derived = await gate.enter(() => derive(form))
      const made = foreign.finish ? await foreign.finish(derived) : derived
      if (crypto.subtle.timingSafeEqual(made, foreign.hash)) return true
    }
    return false
  }

  const tellUnreadable = (stored: string) => unreadable(/^\$[a-z0-9-]{1,16}(?=\$)/.exec(stored)?.[0] ?? 'none')

  return {
    /** Refuses a stranger whose password could not be hashed soon. @throws AuthError `busy` */
    admitStranger: (): void => gate.admitStranger(),

    /** Returns a new hash with a new salt. */
    hash: (password: string): Promise<string> =>
      gate.enter(() => hashScrypt(normalizePassword(password), cost, undefined, scrypt)),

    /**
     * Returns the hash that this password would have if it were the stored one: equal to `stored` exactly if the
     * password is the same. Without a stored hash the salt is derived from `seed` (base64url), so that concurrent
     * requests compute the same hash. Costs one hash either way.
     */
    hashLike: (password: string, stored: string | null | undefined, seed: string): Promise<string> => {
      const like = stored ? parseScrypt(stored) : undefined
      const salt = like?.salt ?? base64url.decode(seed).slice(0, saltBytes)
      return gate.enter(() => hashScrypt(normalizePassword(password), like ?? cost, salt, scrypt))
    },

    /**
     * False for a wrong password, an unreadable hash, and no stored hash. Costs one hash in each case; a second one
     * only for an imported hash and a password that is not in NFC.
     * @param like the dummy hash to compute if no hash is stored; by default one in our own format
     */
    verify: async (password: string, stored: string | null | undefined, like?: string): Promise<boolean> => {
      const nobodys =
        like === undefined || (stored && (parseScrypt(stored) || readForeign(stored))) ? undefined : readForeign(like)
      if (nobodys) {
        await verifyForeign(password, nobodys)
        if (stored) tellUnreadable(stored)
        return false
      }
      const phc = stored ? parseScrypt(stored) : undefined
      const foreign = stored && !phc ? readForeign(stored) : undefined
      if (foreign) return verifyForeign(password, foreign)
      if (stored && !phc) tellUnreadable(stored)
      return gate.enter(() => {
        const right = verifyScrypt(normalizePassword(password), phc ?? parseScrypt(dummy())!, scrypt)
        return right && phc !== undefined
      })
    },

    /**
     * Whether a hash that a password has just matched should be replaced: it has another cost than configured, or
     * another system made it.
     */
    outdated: (stored: string): boolean => {
      const phc = parseScrypt(stored)
      return phc === undefined || phc.ln !== cost.ln || phc.p !== cost.p
    },
  }
}
