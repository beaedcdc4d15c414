import { AuthError } from './errors.ts'
import type { Macs } from './macs.ts'
import type { FullProof, Visitor } from './model.ts'
import type { PasswordCheck } from './password-check.ts'
import type { Clock } from './ports/outside.ts'

/** Milliseconds for which a fresh access token counts as recent; never longer than the token lives. */
const recentFor = 15 * 60_000

/** Milliseconds that a one-use proof holds: from a re-authentication, which is asked for on the spot, and from a log-in. */
export const proofLifetime = { reauthentication: 60_000, logIn: 5 * 60_000 }

/** Who sends the request, as the access token says. */
export type Principal = { sid: string; userId: string; fresh: boolean; issuedAt: number }

/** What a request brings to prove more than its session: the current password, or the header `Gatehouse-Proof`. */
export type Given = { password?: string | undefined; proof?: string | undefined }

/** A value for `Gatehouse-Proof`, and how many seconds it holds. */
export type OneUseProof = { proof: string; proofExpiresIn: number }

export type OneUseProofs = ReturnType<typeof createOneUseProofs>

/**
 * `id.expiry.MAC`, the MAC over the session as well: a proof of one session does not hold in another. The session's row holds
 * the id until the proof is used, so each works once.
 */
export const createOneUseProofs = (macs: Macs) => ({
  /** A proof that holds for so many milliseconds, as a reply gives it. */
  give: (id: string, sid: string, now: Date, lifetime: number) => {
    const name = `${id}.${(now.getTime() + lifetime).toString(36)}`
    return { proof: `${name}.${macs.sign('proof', `${sid} ${name}`)}`, proofExpiresIn: lifetime / 1000 }
  },
  /** The id of the proof; undefined for one that is forged, of another session, or too old. */
  read: (token: string, sid: string, now: Date): string | undefined => {
    const [, name, id, expiry, mac] = /^(([\w-]{22})\.([0-9a-z]{1,10}))\.([\w-]{43})$/.exec(token) ?? []
    if (!name || !id || !expiry || !mac || !macs.verify('proof', `${sid} ${name}`, mac)) return
    return Number.parseInt(expiry, 36) > now.getTime() ? id : undefined
  },
})

type Needs = { passwordCheck: PasswordCheck; oneUseProofs: OneUseProofs; now: Clock }

export type Authentication = ReturnType<typeof createAuthentication>

/**
 * How strongly a request proves who asks (docs/concepts/proofs.md). *Session*: a token that holds, which is all that most
 * operations ask. *Recent*: the token of a log-in or a re-authentication itself (ASVS 7.5.1). *Full*: the password in
 * this request, or a one-use proof, so that a copy of a token is never enough.
 */
export const createAuthentication = ({ passwordCheck, oneUseProofs, now }: Needs) => {
  /** @throws AuthError `reauthentication_required` */
  const requireRecent = ({ fresh, issuedAt }: Principal): void => {
    if (!fresh || now().getTime() - issuedAt > recentFor) throw new AuthError('reauthentication_required')
  }

  return {
    requireRecent,

    /**
     * Does the work with full proof where the request brings it, and otherwise with a recent token: then `work` gets
     * undefined, and must do what can be undone.
     * @throws AuthError `reauthentication_required`, `wrong_password`, `invalid_token`, `rate_limited`, `busy`
     */
    async proven<T>(
      principal: Principal,
      given: Given,
      visitor: Visitor,
      work: (full: FullProof | undefined) => Promise<T>,
    ): Promise<T> {
      if (given.password !== undefined) {
        const asked = { password: given.password, field: 'current_password', visitor }
        return passwordCheck.check(principal.sid, asked, (user) => work({ passwordHash: user.passwordHash! }))
      }
      if (given.proof !== undefined) {
        const id = oneUseProofs.read(given.proof, principal.sid, now())
        if (id === undefined) throw new AuthError('reauthentication_required')
        return work({ proof: id })
      }
      requireRecent(principal)
      return work(undefined)
    },
  }
}
