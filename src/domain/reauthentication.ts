import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { AuthError } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import { invalidChallenge } from './log-in-challenges.ts'
import type { MailChallenges } from './mail-challenges.ts'
import type { MailCodes } from './mail-codes.ts'
import type { MailProof, PasskeyAlone, Proof, User, Visitor } from './model.ts'
import type { MailDelivery } from './outbox.ts'
import { invalidPasskeyChallenge, type PasskeyChallenges, passkeyChallengeSeconds } from './passkey-challenges.ts'
import { type PasskeyChecks, passkeyAsSecond } from './passkey-checks.ts'
import { requestOptions } from './passkey-options.ts'
import type { PasswordCheck } from './password-check.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { PasskeyStore } from './ports/passkeys.ts'
import type { ReauthenticationStore } from './ports/reauthentication.ts'
import type { Second } from './ports/second-factors.ts'
import { type OneUseProof, type OneUseProofs, type Principal, proofLifetimeMs } from './proof.ts'
import { enrolmentRequired, mustEnrol } from './required-factors.ts'
import { type SecondFactors, wrongCode } from './second-factors.ts'
import { type AccessTokens, createTokenIssuer, type RefreshTokens, type Tokens } from './tokens.ts'
import type { AssertionResponse } from './webauthn/ceremonies.ts'
import { must } from './webauthn/refusal.ts'

type Needs = {
  reauthenticationStore: ReauthenticationStore
  passkeyStore: PasskeyStore
  passkeyChallenges: PasskeyChallenges
  passkeyChecks: PasskeyChecks
  mailChallenges: MailChallenges
  mailCodes: MailCodes
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

type Given = {
  password?: string | undefined
  otp?: string | undefined
  credential?: AssertionResponse | undefined
  /** The code of a log-in mail, and the challenge of the browser that asked for it. */
  mailCode?: string | undefined
  challenge?: string | undefined
}

type Reauthenticated = Tokens & OneUseProof & { recoveryCodesLeft: number | undefined }

const subjectOf = (sid: string) => `reauthenticate ${sid}`

/**
 * Re-authentication (step-up): by the password and a second factor if there is one, or by a passkey alone. For an account
 * without a password, a log-in mail stands for the password (docs/decisions/0038-mail-log-in.md).
 */
export const createReauthentication = (needs: Needs) => {
  const { reauthenticationStore, passkeyStore, passkeyChallenges, passkeyChecks, passwordCheck } = needs
  const { mailChallenges, mailCodes } = needs
  const { secondFactors, oneUseProofs, mailDelivery, limits, settings, now, defer } = needs
  const idleMs = settings.refreshTokenSeconds * 1000
  const tokens = createTokenIssuer(needs)

  const renew = async (
    sid: string,
    by: Proof | PasskeyAlone | MailProof,
    { user, second }: { user: User; second: Second | undefined },
    visitor: Visitor,
  ) => {
    const at = now()
    const proof = randomId()
    const renewed = await reauthenticationStore.renew({
      ...{ sid, by, second, proof, idleMs, mfaRequired: settings.mfaRequired },
      nonce: randomId(),
      cleared: [
        ...passwordCheck.countersOf(sid),
        ...('passkey' in by ? [] : limits.logInFailuresOf(user.emailCanonical)),
        ...(second ? limits.factorFailuresOf(user.id) : []),
      ],
      factorFound:
        settings.factorRecoverySeconds > 0 && (second || 'passkey' in by) ? auditEntry(visitor, at) : undefined,
      audit: auditEntry(visitor, at),
      now: at,
    })
    if (!renewed) return
    for (const mail of renewed.mails) defer(mailDelivery.deliver(mail))
    return {
      ...(await tokens(renewed, at, { fresh: true })),
      ...oneUseProofs.give(proof, sid, at, proofLifetimeMs.reauthentication),
      recoveryCodesLeft: second?.left,
    }
  }

  /** Returns the passkey of the session's user that a request contains. */
  const passkeyIn = ({ sid, userId }: Principal, { password, mailCode, credential }: Given, visitor: Visitor) =>
    credential &&
    passkeyChecks.check({
      credential,
      subject: subjectOf(sid),
      limits: limits.passwordCheck(sid),
      after: password !== undefined ? 'password' : mailCode !== undefined ? 'mail' : undefined,
      admit: (owner) => must(owner.id === userId, 'owner'),
      visitor,
    })

  /**
   * Returns the mail whose code was typed; undefined if the code is wrong.
   * @throws InvalidLink if the challenge is forged, too old or of somebody else; AuthError `not_found`
   */
  const mailOf = async ({ userId }: Principal, { challenge, mailCode = '' }: Given) => {
    if (settings.mailLogIn === 'off') throw new AuthError('not_found')
    const asked = challenge === undefined ? undefined : await mailChallenges.read(challenge, now())
    if (asked?.userId !== userId) throw invalidChallenge()
    return asked.mailIds.find((id) => mailCodes.matches(id, mailCode))
  }

  return {
    /**
     * Returns the options for `navigator.credentials.get`.
     * @throws AuthError `not_found` if passkeys are off or the user has none, `invalid_token`
     */
    async passkeyOptions({ sid }: Principal) {
      if (!settings.passkeys) throw new AuthError('not_found')
      const found = await passkeyStore.read(sid, now())
      if (!found) throw new AuthError('invalid_token')
      if (found.passkeys.length === 0) throw new AuthError('not_found')
      const challenge = passkeyChallenges.give(subjectOf(sid), now())
      const publicKey = requestOptions(challenge, settings.passkeys.rpId, found.passkeys)
      return { publicKey, expiresIn: passkeyChallengeSeconds }
    },

    /**
     * Checks a passkey that verifies its user. Or it checks the password (the code of a log-in mail if no password is
     * given) and, if the account has a second factor, also a code or any of its passkeys. Gives the session a new
     * `auth_time`, its next tokens (the access token is fresh), and a proof for one operation that requires full proof.
     * @throws InvalidLink if the challenge of the passkey or of the mail is forged, used or too old; AuthError `invalid_token`,
     * `wrong_password`, `second_factor_required`, `enrolment_required`, `wrong_code`, `passkey_refused`, `not_found`, `rate_limited`,
     * `busy`
     */
    async reauthenticate(principal: Principal, given: Given, visitor: Visitor): Promise<Reauthenticated> {
      const { sid } = principal
      const { password, otp } = given
      const passkey = await passkeyIn(principal, given, visitor)
      if (passkey && password === undefined && given.mailCode === undefined) {
        const renewed = await renew(sid, { passkey: passkey.used }, { user: passkey.user, second: undefined }, visitor)
        if (!renewed) throw invalidPasskeyChallenge()
        return renewed
      }
      const second = passkey && passkeyAsSecond(passkey.used)
      const byMail = password === undefined ? { id: await mailOf(principal, given) } : undefined
      const asked = { password: password ?? '', field: 'password', otp, given: second, byMail, visitor }
      return passwordCheck.check(sid, asked, async (user, second) => {
        if (mustEnrol(user, settings)) throw enrolmentRequired(settings)
        const by = byMail ? { mail: { id: byMail.id! } } : { passwordHash: user.passwordHash! }
        const renewed = await renew(sid, by, { user, second }, visitor)
        if (renewed) return renewed
        if (passkey) throw invalidPasskeyChallenge()
        // Another request used the code, or the limit of codes is exhausted: then a right code is refused like a wrong one.
        if (second) return secondFactors.refuse(user, 'otp', visitor)
        // Another request used the mail.
        if (byMail) throw wrongCode('mail_code')
        throw new AuthError('invalid_token')
      })
    },
  }
}
