import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { AuthError } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Visitor } from './model.ts'
import type { PasswordCheck } from './password-check.ts'
import type { Clock } from './ports/outside.ts'
import type { ReauthenticationStore } from './ports/reauthentication.ts'
import { type OneUseProof, type OneUseProofs, proofLifetimeMs } from './proof.ts'
import { type AccessTokens, createTokenIssuer, type RefreshTokens, type Tokens } from './tokens.ts'

type Needs = {
  reauthenticationStore: ReauthenticationStore
  passwordCheck: PasswordCheck
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  oneUseProofs: OneUseProofs
  limits: Limits
  settings: Settings
  now: Clock
}

/** Giving the password again (step-up). */
export const createReauthentication = (needs: Needs) => {
  const { reauthenticationStore, passwordCheck, oneUseProofs, limits, settings, now } = needs
  const idleMs = settings.refreshTokenSeconds * 1000
  const tokens = createTokenIssuer(needs)

  return {
    /**
     * Checks the password and gives the session a new `auth_time`, its next tokens (the access token is fresh), and a
     * proof for one operation that requires full proof.
     * @throws AuthError `invalid_token`, `wrong_password`, `rate_limited`, `busy`
     */
    async reauthenticate(sid: string, password: string, visitor: Visitor): Promise<Tokens & OneUseProof> {
      return passwordCheck.check(sid, { password, field: 'password', visitor }, async (user) => {
        const at = now()
        const proof = randomId()
        const renewed = await reauthenticationStore.renew({
          sid,
          nonce: randomId(),
          proof,
          checkedHash: user.passwordHash!,
          idleMs,
          cleared: [...passwordCheck.countersOf(sid), ...limits.logInFailuresOf(user.emailCanonical)],
          audit: auditEntry(visitor, at),
          now: at,
        })
        if (!renewed) throw new AuthError('invalid_token')
        return {
          ...(await tokens(renewed, at, { fresh: true })),
          ...oneUseProofs.give(proof, sid, at, proofLifetimeMs.reauthentication),
        }
      })
    },
  }
}
