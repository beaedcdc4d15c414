import type { Settings } from '../settings.ts'
import type { DeviceCookies } from './device-cookies.ts'
import { AuthError } from './errors.ts'
import { createFailureCount } from './failed-log-ins.ts'
import type { Limits } from './limits.ts'
import { invalidChallenge, type LogInChallenges } from './log-in-challenges.ts'
import type { Macs } from './macs.ts'
import type { User, Visitor } from './model.ts'
import { invalidPasskeyChallenge, type PasskeyChallenges, passkeyChallengeSeconds } from './passkey-challenges.ts'
import { anyLogIn, type PasskeyChecks, passkeyAsSecond } from './passkey-checks.ts'
import { requestOptions, type Signalled, signalled } from './passkey-options.ts'
import type { AuditStore } from './ports/audit.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { PasskeyStore } from './ports/passkeys.ts'
import type { SessionStart, Started } from './session-start.ts'
import type { AssertionResponse } from './webauthn/ceremonies.ts'
import { CeremonyRefused } from './webauthn/refusal.ts'

type Needs = {
  passkeyStore: PasskeyStore
  passkeyChallenges: PasskeyChallenges
  passkeyChecks: PasskeyChecks
  logInChallenges: LogInChallenges
  sessionStart: SessionStart
  auditStore: AuditStore
  deviceCookies: DeviceCookies
  limits: Limits
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
}

type PasskeyLogIn = {
  credential: AssertionResponse
  /** From the reply to a log-in by password or mail: the passkey is the second factor. */
  challenge: string | undefined
  /** Ignored in the second step, which remembers what the first one asked for. */
  remember: boolean
  replaces: { sid: string; generation: number } | undefined
  device: string | undefined
  /** Whether the next log-ins by password on this device should need no second factor. */
  trustDevice: boolean | undefined
}

/** What a challenge of a passkey is for: any log-in, or the second step of one user's log-in. */
const subjectOf = (userId: string | undefined) => (userId === undefined ? anyLogIn : `second step ${userId}`)

/** Log-in by passkey: instead of a password, or after it or after a mail. */
export const createPasskeyLogIns = (needs: Needs) => {
  const { passkeyStore, passkeyChallenges, passkeyChecks, logInChallenges, sessionStart } = needs
  const { deviceCookies, limits, settings, now } = needs
  const countFailure = createFailureCount(needs)

  const mayLogIn = (user: User) => {
    if (user.emailVerifiedAt === null && settings.verificationRequired) throw new CeremonyRefused('unverified')
  }

  return {
    /**
     * Returns the options for `navigator.credentials.get`. Without the challenge of a first step, nothing is read or
     * stored, and any passkey of the site may answer.
     * @throws InvalidLink if the challenge is forged, void or too old; AuthError `not_found` if passkeys are off, or the
     * user has none
     */
    async options(challenge: string | undefined) {
      if (!settings.passkeys) throw new AuthError('not_found')
      const at = now()
      const passed = challenge === undefined ? undefined : logInChallenges.read(challenge, at)
      const owner = passed && (await passkeyStore.readOf(passed.userId))
      if (passed && !(owner && passed.proofOf(owner.user.passwordHash))) throw invalidChallenge()
      if (owner?.passkeys.length === 0) throw new AuthError('not_found')
      const asked = passkeyChallenges.give(subjectOf(passed?.userId), at)
      return {
        publicKey: requestOptions(asked, settings.passkeys.rpId, owner?.passkeys ?? []),
        expiresIn: passkeyChallengeSeconds,
      }
    },

    /**
     * Starts a session. Everything that was read is checked again by the write: the account, the passkey, the password of
     * the first step, and that nobody used the challenge.
     * @returns the tokens, the device cookie, and what the browser passes on to password managers
     * @throws InvalidLink if a challenge is forged, void, used or too old; AuthError `passkey_refused`, `not_found`,
     * `rate_limited`
     */
    async logIn(input: PasskeyLogIn, visitor: Visitor): Promise<Started & { signalled: Signalled }> {
      const at = now()
      const passed = input.challenge === undefined ? undefined : logInChallenges.read(input.challenge, at)
      const networks = limits.logInNetwork(visitor)
      const { user, passkeys, used } = await passkeyChecks.check({
        credential: input.credential,
        subject: subjectOf(passed?.userId),
        limits: networks,
        after: passed?.after,
        admit: (owner) => {
          if (passed && !(owner.id === passed.userId && passed.proofOf(owner.passwordHash))) throw invalidChallenge()
          mayLogIn(owner)
        },
        refused: (owner) => countFailure(owner.emailCanonical, owner.id, visitor, at),
        visitor,
      })
      const cookie = input.device === undefined ? undefined : deviceCookies.read(input.device, at)
      const device = cookie?.userId === user.id ? cookie : undefined
      const started = await sessionStart.start(
        {
          user,
          ...(passed
            ? { proof: passed.proofOf(user.passwordHash)!, second: passkeyAsSecond(used) }
            : { proof: { passkey: used }, second: undefined }),
          trustDevice: passed?.after !== 'mail' && input.trustDevice,
          remembered: passed ? passed.remember : input.remember,
          replaces: input.replaces,
          deviceId: device?.id,
          cleared: passed
            ? [...limits.logInFailuresOf(user.emailCanonical), ...(device ? limits.logInFailuresOn(device) : [])]
            : [],
          returned: { limits: networks, at },
          at,
        },
        visitor,
      )
      if ('changed' in started) throw passed ? invalidChallenge() : invalidPasskeyChallenge()
      return { ...started, signalled: signalled(user.id, passkeys, settings.passkeys!.rpId) }
    },
  }
}
