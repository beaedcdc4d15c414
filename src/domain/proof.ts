import { AuthError } from './errors.ts'
import type { Macs } from './macs.ts'
import type { FullProof, Visitor } from './model.ts'
import type { PasswordCheck } from './password-check.ts'
import type { Clock } from './ports/outside.ts'
import { hasSecondFactor } from './second-factors.ts'

/** Milliseconds for which a fresh access token counts as recent, but never longer than the token lives. */
export const recentMs = 15 * 60_000

/**
 * Milliseconds for which a one-use proof is valid. One from a re-authentication is used on the spot, one from a log-in
 * later.
 */
export const proofLifetimeMs = { reauthentication: 60_000, logIn: 5 * 60_000 }

/** The caller, as stated by the access token. */
export type Principal = { sid: string; userId: string; fresh: boolean; issuedAt: number }

/** The proof in a request beyond its session: the current password, or the header `Gatehouse-Proof`. */
export type Given = { password?: string | undefined; proof?: string | undefined }

/** A value for `Gatehouse-Proof` and the seconds for which it is valid. */
export type OneUseProof = { proof: string; proofExpiresIn: number }

export type OneUseProofs = ReturnType<typeof createOneUseProofs>

/**
 * A proof is `id.expiry.MAC`. The MAC also covers the session, so a proof is valid in one session only. The session's
 * row holds the id until the proof is used, so each works once.
 */
export const createOneUseProofs = (macs: Macs) => ({
  /** Returns a proof that is valid for `lifetimeMs`, in the form of the reply. */
  give: (id: string, sid: string, now: Date, lifetimeMs: number) => {
    const name = `${id}.${(now.getTime() + lifetimeMs).toString(36)}`
    return { proof: `${name}.${macs.sign('proof', `${sid} ${name}`)}`, proofExpiresIn: lifetimeMs / 1000 }
  },
  /** Returns the id of the proof; undefined if it is forged, of another session or expired. */
  read: (token: string, sid: string, now: Date): string | undefined => {
    const [, name, id, expiry, mac] = /^(([\w-]{22})\.([0-9a-z]{1,10}))\.([\w-]{43})$/.exec(token) ?? []
    if (!name || !id || !expiry || !mac || !macs.verify('proof', `${sid} ${name}`, mac)) return
    return Number.parseInt(expiry, 36) > now.getTime() ? id : undefined
  },
})

type Needs = { passwordCheck: PasswordCheck; oneUseProofs: OneUseProofs; now: Clock }

export type Authentication = ReturnType<typeof createAuthentication>

/**
 * How strongly a request proves the caller's identity (docs/concepts/proofs.md). *Session*: a valid token, which most
 * operations require. *Recent*: the token from a log-in or re-authentication itself (ASVS 7.5.1). *Full*: the password
 * in this request or a one-use proof, so that a copied token is never enough. A password alone is no proof for an account
 * with a second factor: such an account needs a one-use proof, from a log-in or a re-authentication with both factors.
 */
export const createAuthentication = ({ passwordCheck, oneUseProofs, now }: Needs) => {
  /** @throws AuthError `reauthentication_required` */
  const requireRecent = ({ fresh, issuedAt }: Principal): void => {
    if (!fresh || now().getTime() - issuedAt > recentMs) throw new AuthError('reauthentication_required')
  }

  return {
    requireRecent,

    /**
     * Runs `work` with full proof if the request contains it, and otherwise with a recent token: then `work` gets
     * undefined and may only do what can be undone.
     * @throws AuthError `reauthentication_required`, `wrong_password`, `second_factor_required`, `invalid_token`,
     * `rate_limited`, `busy`
     */
    async proven<T>(
      principal: Principal,
      given: Given,
      visitor: Visitor,
      work: (full: FullProof | undefined) => Promise<T>,
    ): Promise<T> {
      const id = given.proof === undefined ? undefined : oneUseProofs.read(given.proof, principal.sid, now())
      if (given.password !== undefined) {
        const asked = { password: given.password, field: 'current_password', hasProof: id !== undefined, visitor }
        return passwordCheck.check(principal.sid, asked, (user) =>
          work(id !== undefined && hasSecondFactor(user) ? { proof: id } : { passwordHash: user.passwordHash! }),
        )
      }
      if (given.proof !== undefined) {
        if (id === undefined) throw new AuthError('reauthentication_required')
        return work({ proof: id })
      }
      requireRecent(principal)
      return work(undefined)
    },
  }
}
