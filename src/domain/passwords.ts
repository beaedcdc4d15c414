import { base64url } from 'jose'
import type { ScryptCost } from '../settings.ts'
import type { Gate } from './gate.ts'
import { normalizePassword } from './password-policy.ts'
import { hashScrypt, parseScrypt, saltBytes, verifyScrypt } from './scrypt.ts'

export type Passwords = ReturnType<typeof passwords>

/**
 * Hashing and verifying, one at a time through the gate. Every path that a stranger can take costs exactly one hash,
 * so that time tells nothing: where there is none on file, a hash of nobody's password is computed.
 */
export const passwords = (cost: ScryptCost, gated: Gate) => {
  let nobody: string | undefined
  const dummy = () => {
    nobody ??= `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`
    return nobody
  }

  return {
    /** A new hash with a new salt. */
    hash: (password: string): Promise<string> => gated(() => hashScrypt(normalizePassword(password), cost)),

    /**
     * The hash this password would have if it were the one on file: equal to `stored` just when the password is the same.
     * Where there is none, a hash whose salt is made of `seed` (base64url), so that several who find none make the same.
     * One hash either way.
     */
    hashLike: (password: string, stored: string | null | undefined, seed: string): Promise<string> => {
      const like = stored ? parseScrypt(stored) : undefined
      const salt = like?.salt ?? base64url.decode(seed).slice(0, saltBytes)
      return gated(() => hashScrypt(normalizePassword(password), like ?? cost, salt))
    },

    /** False for a wrong password, for an unreadable hash, and where there is none. One hash in each case. */
    verify: (password: string, stored: string | null | undefined): Promise<boolean> => {
      const phc = stored ? parseScrypt(stored) : undefined
      return gated(() => {
        const right = verifyScrypt(normalizePassword(password), phc ?? parseScrypt(dummy())!)
        return right && phc !== undefined
      })
    },

    /** Whether the hash was made at another cost than today's. */
    outdated: (stored: string): boolean => {
      const phc = parseScrypt(stored)
      return phc !== undefined && (phc.ln !== cost.ln || phc.p !== cost.p)
    },
  }
}
