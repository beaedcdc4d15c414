import type { DeviceCookies } from './device-cookies.ts'
import type { Limits } from './limits.ts'
import { invalidChallenge, type LogInChallenges } from './log-in-challenges.ts'
import type { Visitor } from './model.ts'
import type { Clock } from './ports/outside.ts'
import type { SecondFactorStore } from './ports/second-factors.ts'
import { hasSecondFactor, type SecondFactors } from './second-factors.ts'
import type { SessionStart, Started } from './session-start.ts'

type Needs = {
  secondFactorStore: SecondFactorStore
  secondFactors: SecondFactors
  logInChallenges: LogInChallenges
  sessionStart: SessionStart
  deviceCookies: DeviceCookies
  limits: Limits
  now: Clock
}

type SecondStep = {
  /** From the reply to the first step. */
  challenge: string
  /** What the user typed: the code of an authenticator app, or a recovery code. */
  typed: string
  /** The member of the input that contained it. */
  field: string
  replaces: { sid: string; generation: number } | undefined
  device: string | undefined
  /** Whether the next log-ins on this device should need no second factor. */
  trustDevice: boolean | undefined
}

/** The second step of a log-in: a code, after the right password or a mail. */
export const createLogInCodes = (needs: Needs) => {
  const { secondFactorStore, secondFactors, logInChallenges, sessionStart, deviceCookies, limits, now } = needs

  return {
    /**
     * Starts the session that the first step asked for. Everything that was read is checked again by the write: the
     * password, the account, and that nobody used the code.
     * @returns the tokens and the device cookie
     * @throws InvalidLink if the challenge is forged, too old or void; AuthError `wrong_code`, `rate_limited`
     */
    async finish(
      { challenge, typed, field, replaces, device: cookie, trustDevice }: SecondStep,
      visitor: Visitor,
    ): Promise<Started> {
      const at = now()
      const passed = logInChallenges.read(challenge, at)
      const found = await secondFactorStore.read(passed.userId)
      const proof = found && passed.proofOf(found.user.passwordHash)
      if (!proof || !hasSecondFactor(found.user)) throw invalidChallenge()
      const { user, ...held } = found
      const second = await secondFactors.check(user, held, typed, field, visitor)
      const read = cookie === undefined ? undefined : deviceCookies.read(cookie, at)
      const device = read?.userId === user.id ? read : undefined
      const networks = limits.logInNetwork(visitor)
      const started = await sessionStart.start(
        {
          user,
          proof,
          second,
          // Trust replaces the second factor only after a password, so only a log-in by password gives it.
          trustDevice: passed.after === 'password' && trustDevice,
          remembered: passed.remember,
          replaces,
          deviceId: device?.id,
          cleared: [...limits.logInFailuresOf(user.emailCanonical), ...(device ? limits.logInFailuresOn(device) : [])],
          returned: { limits: networks[0] && passed.countedUnder(networks[0].key) ? networks : [], at: passed.at },
          at,
        },
        visitor,
      )
      if (!('changed' in started)) return started
      const { changed, usable } = started
      if (!changed || ('mail' in proof ? !usable : !passed.proofOf(changed.passwordHash))) throw invalidChallenge()
      // Another request used the code, or the limit of codes is exhausted.
      return secondFactors.refuse(user, field, visitor)
    },
  }
}
