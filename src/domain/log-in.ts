import type { Settings } from '../settings.ts'
import type { Bridge } from './bridge.ts'
import type { DeviceCookies } from './device-cookies.ts'
import { AuthError } from './errors.ts'
import { createFailureCount } from './failed-log-ins.ts'
import type { Limits } from './limits.ts'
import { type Attempt, createLogInAttempts, type LogIn } from './log-in-attempts.ts'
import { challengeSeconds, type LogInChallenges } from './log-in-challenges.ts'
import { createLogInPasswords } from './log-in-passwords.ts'
import type { Macs } from './macs.ts'
import type { Migrated, Proof, User, Visitor } from './model.ts'
import type { Passwords } from './passwords.ts'
import type { AuditStore } from './ports/audit.ts'
import type { LogInStore } from './ports/log-in.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { PasswordChangeStore } from './ports/password-changes.ts'
import { addsAtLogIn, enrolmentRequired, mustEnrol } from './required-factors.ts'
import { hasSecondFactor, type SecondFactors, secondFactorRequired } from './second-factors.ts'
import type { SessionStart, Started } from './session-start.ts'
import { mayTrust, type TrustTokens } from './trusted-devices.ts'

type Needs = {
  passwordChangeStore: PasswordChangeStore
  logInStore: LogInStore
  sessionStart: SessionStart
  secondFactors: SecondFactors
  logInChallenges: LogInChallenges
  auditStore: AuditStore
  passwords: Passwords
  /** Asks the system that users were imported from. Undefined without MIGRATION_HOOK. */
  bridge: Bridge | undefined
  limits: Limits
  deviceCookies: DeviceCookies
  trustTokens: TrustTokens
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
  resendVerification: (user: User, visitor: Visitor) => Promise<void>
}

type Proven = { user: User; proof: Proof | Migrated }

/** Log-in by password. */
export const createLogIn = (needs: Needs) => {
  const { logInStore, sessionStart, secondFactors, logInChallenges, trustTokens, limits } = needs
  const { settings, defer, resendVerification } = needs
  const begin = createLogInAttempts(needs)
  const logInPasswords = createLogInPasswords(needs)

  const mayLogIn = (user: User) =>
    user.status === 'active' &&
    // A factor is added only with a verified address.
    (user.emailVerifiedAt !== null || !(settings.verificationRequired || mustEnrol(user, settings)))

  const countFailure = createFailureCount(needs)

  /**
   * Verifies the password. If too many hashes are waiting (the gate is full) or the old system does not answer, the
   * places under the limits are given back, because nothing was tried.
   */
  const verified = async (user: User | undefined, attempt: Attempt) => {
    const { canonical, password, nobodys, visitor, at } = attempt
    const giveBack = (error: unknown): never => {
      defer(logInStore.giveBack(attempt.limits, at))
      throw error
    }
    const right = await logInPasswords.check(user, password, nobodys).catch(giveBack)
    if (user && right && mayLogIn(user))
      return { user, proof: await logInPasswords.proofOf(user, password).catch(giveBack) }
    countFailure(canonical, user?.id ?? null, visitor, at)
    if (user && right && user.status === 'active') defer(resendVerification(user, visitor))
    throw new AuthError('invalid_credentials')
  }

  /** Returns the hash that the second step will find stored. */
  const lasting = ({ user, proof }: Proven, password: string): Promise<string> | string => {
    if ('migrated' in proof) return logInPasswords.adopt(user, proof.migrated)
    if (!logInPasswords.outdated(proof)) return proof.passwordHash
    return logInPasswords.renew(user, password).catch(() => proof.passwordHash)
  }

  /**
   * @param enrols whether the account must have a second factor and has none
   * @throws AuthError `second_factor_required` or `enrolment_required`, with a challenge for the second step
   */
  const askForSecond = async (
    proven: Proven,
    { remember, password }: LogIn,
    { device, visitor, at }: Attempt,
    enrols: boolean,
  ): Promise<never> => {
    const { user } = proven
    const networks = device ? [] : limits.logInNetwork(visitor)
    // An enrolment takes longer than the window of this limit, and a right password is no guess.
    if (enrols && networks.length > 0) defer(logInStore.giveBack(networks, at))
    const asked = { userId: user.id, remember, at }
    const challenge = logInChallenges.give(
      enrols ? { ...asked, network: undefined, mailbox: 'asked' } : { ...asked, network: networks[0]?.key },
      { passwordHash: await lasting(proven, password) },
    )
    const more = { challenge, expires_in: challengeSeconds }
    if (enrols) throw enrolmentRequired(settings, more, addsAtLogIn(settings.frontendUrl))
    throw secondFactorRequired(user, settings, {
      ...more,
      ...(mayTrust(settings, user) && { trust_days: settings.trustedDeviceSeconds / 86_400 }),
      ...(settings.factorRecoverySeconds > 0 && { recovery_hours: settings.factorRecoverySeconds / 3600 }),
    })
  }

  /**
   * Returns the second factor that the request contains, or the trusted device that replaces it, if the account has a
   * second factor.
   * @throws AuthError `second_factor_required`, `enrolment_required`, `wrong_code`, `rate_limited`
   */
  const secondOf = async (proven: Proven, input: LogIn, attempt: Attempt) => {
    const { user } = proven
    if (mustEnrol(user, settings)) return askForSecond(proven, input, attempt, true)
    if (!hasSecondFactor(user)) return {}
    if (input.otp !== undefined)
      return { second: await secondFactors.check(user, attempt.held, input.otp, 'otp', attempt.visitor) }
    const trusted = trustTokens.read(input.trust, user, attempt.at)
    return trusted === undefined ? askForSecond(proven, input, attempt, false) : { trusted }
  }

  const start = async (proven: Proven, input: LogIn, attempt: Attempt) => {
    const { canonical, device, visitor, at } = attempt
    const { user, proof } = proven
    const { second, trusted } = await secondOf(proven, input, attempt)
    const started = await sessionStart.start(
      {
        user,
        proof,
        second,
        trusted,
        trustDevice: input.trustDevice,
        remembered: input.remember,
        replaces: input.replaces,
        deviceId: device?.id,
        cleared: [...limits.logInFailuresOf(canonical), ...(device ? limits.logInFailuresOn(device) : [])],
        returned: { limits: device ? [] : limits.logInNetwork(visitor), at },
        at,
      },
      visitor,
    )
    const unchanged =
      'changed' in started && 'passwordHash' in proof && started.changed?.passwordHash === proof.passwordHash
    // The device is no longer trusted.
    if (trusted !== undefined && unchanged)
      return askForSecond(proven, input, attempt, mustEnrol(proven.user, settings))
    // Another request used the code, or the limit of codes is exhausted.
    return second && unchanged ? secondFactors.refuse(user, 'otp', visitor) : started
  }

  return {
    /**
     * Logs in and starts a session. All refusals with `invalid_credentials` look the same and cost one hash and one
     * round trip. For users of the bridge, a question to the old system replaces the hash; for a like share of unknown
     * addresses, a wait of the same length replaces it. If the account has a second factor and the request has no code,
     * the refusal contains a challenge for the second step.
     * @returns the tokens and the device cookie
     * @throws AuthError `invalid_credentials`, `second_factor_required`, `enrolment_required`, `wrong_code`,
     * `rate_limited`, `busy`, `migration_unavailable`
     */
    async logIn(input: LogIn, visitor: Visitor): Promise<Started> {
      const { attempt, found } = await begin(input, visitor)
      let proven = await verified(found, attempt)
      let started = await start(proven, input, attempt)
      if ('changed' in started && started.changed?.passwordHash) {
        // The stored hash was replaced or set while the password was being hashed. If another log-in did that, the
        // password still matches.
        proven = await verified(started.changed, attempt)
        started = await start(proven, input, attempt)
      }
      if ('changed' in started) throw new AuthError('invalid_credentials')
      if (logInPasswords.outdated(proven.proof)) defer(logInPasswords.renew(proven.user, input.password))
      return started
    },
  }
}
