import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { AuthError } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Visitor } from './model.ts'
import type { MailDelivery } from './outbox.ts'
import type { PasswordCheck } from './password-check.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { ReauthenticationStore } from './ports/reauthentication.ts'
import { type OneUseProof, type OneUseProofs, proofLifetimeMs } from './proof.ts'
import type { SecondFactors } from './second-factors.ts'
import { type AccessTokens, createTokenIssuer, type RefreshTokens, type Tokens } from './tokens.ts'

type Needs = {
  reauthenticationStore: ReauthenticationStore
  passwordCheck: PasswordCheck
  secondFactors: SecondFactors
  mailDelivery: MailDelivery
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  oneUseProofs: OneUseProofs
  limits: Limits
  settings: Settings
  now: Clock
  defer: Defer
}

/** Giving the password again, and a code (step-up). */
export const createReauthentication = (needs: Needs) => {
  const { reauthenticationStore, passwordCheck, secondFactors, oneUseProofs, mailDelivery, limits } = needs
  const { settings, now, defer } = needs
  const idleMs = settings.refreshTokenSeconds * 1000
  const tokens = createTokenIssuer(needs)

  return {
    /**
     * Checks the password, and the code if the account has a second factor, and gives the session a new `auth_time`, its next tokens (the access token is fresh), and a
     * proof for one operation that requires full proof.
     * @throws AuthError `invalid_token`, `wrong_password`, `second_factor_required`, `wrong_code`, `rate_limited`, `busy`
     */
    async reauthenticate(
      sid: string,
      { password, otp }: { password: string; otp: string | undefined },
      visitor: Visitor,
    ): Promise<Tokens & OneUseProof & { recoveryCodesLeft: number | undefined }> {
      return passwordCheck.check(sid, { password, field: 'password', otp, visitor }, async (user, second) => {
        const at = now()
        const proof = randomId()
        const renewed = await reauthenticationStore.renew({
          sid,
          nonce: randomId(),
          proof,
          checkedHash: user.passwordHash!,
          second,
          idleMs,
          cleared: [
            ...passwordCheck.countersOf(sid),
            ...limits.logInFailuresOf(user.emailCanonical),
            ...(second ? limits.factorFailuresOf(user.id) : []),
          ],
          audit: auditEntry(visitor, at),
          now: at,
        })
        // Another request used the code, or the limit of codes is exhausted.
        if (!renewed && second) return secondFactors.refuse(user, 'otp', visitor)
        if (!renewed) throw new AuthError('invalid_token')
        for (const mail of renewed.mails) defer(mailDelivery.deliver(mail))
        return {
          ...(await tokens(renewed, at, { fresh: true })),
          ...oneUseProofs.give(proof, sid, at, proofLifetimeMs.reauthentication),
          recoveryCodesLeft: second?.left,
        }
      })
    },
  }
}
