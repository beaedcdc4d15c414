import type { Settings } from '../settings.ts'
import type { DeviceCookies } from './device-cookies.ts'
import { parseEmail } from './email.ts'
import { AuthError, rateLimited } from './errors.ts'
import { createFailureCount } from './failed-log-ins.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { DeviceCookie, Limit, User, Visitor } from './model.ts'
import { nobodysHash } from './nobody.ts'
import type { Passwords } from './passwords.ts'
import type { AuditStore } from './ports/audit.ts'
import type { LogInStore } from './ports/log-in.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { PasswordChangeStore } from './ports/password-changes.ts'
import type { SessionStart, Started } from './session-start.ts'

type Needs = {
  passwordChangeStore: PasswordChangeStore
  logInStore: LogInStore
  sessionStart: SessionStart
  auditStore: AuditStore
  passwords: Passwords
  limits: Limits
  deviceCookies: DeviceCookies
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
  resendVerification: (user: User, visitor: Visitor) => Promise<void>
}

type LogIn = {
  email: string
  password: string
  /** False on a shared computer: the session ends when the browser closes, or after a short time without use. */
  remember: boolean
  /**
   * The session that the caller's cookie names. It ends when this one starts, if it belongs to the same user and its
   * token is current.
   */
  replaces: { sid: string; generation: number } | undefined
  /** The device cookie from an earlier log-in. */
  device: string | undefined
}

/** One log-in attempt, from its first place under a limit to its reply. */
type Attempt = {
  canonical: string
  password: string
  /** The verified device cookie, if it belongs to the user of the address. */
  device: DeviceCookie | undefined
  visitor: Visitor
  at: Date
  /** The limits under which the attempt holds a place. */
  limits: Limit[]
  /** The format of the dummy hash that is computed if there is no user or no hash. */
  nobodys: string | undefined
}

/**
 * Added to the refusal after too many consecutive failures, for which no reasonable wait helps. Known and unknown
 * addresses get the same words.
 */
const opens =
  'Too many failed attempts in a row. Use “Forgot password”: setting a new password by the mailed link unlocks this account.'

/** Log-in by password. */
export const createLogIn = (needs: Needs) => {
  const { passwordChangeStore, logInStore, sessionStart, passwords, limits, deviceCookies, macs, settings } = needs
  const { now, defer, resendVerification } = needs

  const mayLogIn = (user: User) =>
    user.status === 'active' && (user.emailVerifiedAt !== null || !settings.verificationRequired)

  const countFailure = createFailureCount(needs)

  const upgrade = async (user: User, password: string) => {
    const better = await passwords.hash(password)
    await passwordChangeStore.upgradePassword({
      userId: user.id,
      checkedHash: user.passwordHash!,
      passwordHash: better,
    })
  }

  /**
   * Takes a place under each limit: the device's limits if the device is known for the user of the address, otherwise
   * those of strangers.
   */
  const begin = async ({ email, password, device: cookie }: LogIn, visitor: Visitor) => {
    // Text that is not an address has no account. It is not lower-cased, because that could turn it into an address (a
    // Kelvin sign into k).
    const canonical = parseEmail(email)?.canonical ?? email
    const at = now()
    const known = cookie === undefined ? undefined : deviceCookies.read(cookie, at)
    if (!known) passwords.admitStranger()
    const ofAll = limits.logIn(visitor, canonical)
    const ofDevice = known && limits.logInDevice(known)
    const begun = await logInStore.beginLogIn({
      emailCanonical: canonical,
      limits: ofAll,
      device: known && ofDevice && { known, limits: ofDevice, forgottenKeys: limits.devicesForgotten(known.userId) },
      now: at,
    })
    if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at, opens)
    const device = begun.recognised ? known : undefined
    const attempt: Attempt = {
      canonical,
      password,
      device,
      visitor,
      at,
      limits: (device && ofDevice) ?? ofAll,
      nobodys: nobodysHash(macs, canonical, begun.formats),
    }
    return { attempt, found: begun.user }
  }

  /**
   * Verifies the password with one hash, whether or not a user was found. If too many hashes are waiting (the gate is
   * full), the places under the limits are given back, because nothing was tried.
   */
  const verified = async (user: User | undefined, attempt: Attempt): Promise<User> => {
    const { canonical, password, visitor, at } = attempt
    const right = await passwords.verify(password, user?.passwordHash, attempt.nobodys).catch((error) => {
      defer(logInStore.giveBack(attempt.limits, at))
      throw error
    })
    if (user && right && mayLogIn(user)) return user
    countFailure(canonical, user?.id ?? null, visitor, at)
    if (user && right && user.status === 'active') defer(resendVerification(user, visitor))
    throw new AuthError('invalid_credentials')
  }

  const start = (user: User, { remember, replaces }: LogIn, attempt: Attempt) => {
    const { canonical, device, visitor, at } = attempt
    return sessionStart.start(
      {
        user,
        proof: { passwordHash: user.passwordHash! },
        amr: 'pwd',
        remembered: remember,
        replaces,
        deviceId: device?.id,
        cleared: [...limits.logInFailuresOf(canonical), ...(device ? limits.logInFailuresOn(device) : [])],
        returned: device ? [] : limits.logInNetwork(visitor),
        at,
      },
      visitor,
    )
  }

  return {
    /**
     * Logs in and starts a session. Every refusal except a rate limit is the same, and costs one hash and one round
     * trip.
     * @returns the tokens and the device cookie
     * @throws AuthError `invalid_credentials`, `rate_limited`, `busy`
     */
    async logIn(input: LogIn, visitor: Visitor): Promise<Started> {
      const { attempt, found } = await begin(input, visitor)
      let user = await verified(found, attempt)
      let started = await start(user, input, attempt)
      if ('changed' in started) {
        // The hash was replaced while this one was being computed. If another log-in upgraded its cost, the password
        // still matches.
        user = await verified(started.changed, attempt)
        started = await start(user, input, attempt)
      }
      if ('changed' in started) throw new AuthError('invalid_credentials')
      if (passwords.outdated(user.passwordHash!)) defer(upgrade(user, input.password))
      return started
    },
  }
}
