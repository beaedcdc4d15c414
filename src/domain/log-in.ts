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
  /** False for a computer of others: the session ends with the browser, or soon without use. */
  remember: boolean
  /** The session that the caller's cookie names. It ends when this one starts, if it belongs to the same user and the token is current. */
  replaces: { sid: string; generation: number } | undefined
  /** What an earlier log-in gave this device to keep. */
  device: string | undefined
}

/** One log-in, from the first place it took to its reply. */
type Attempt = {
  canonical: string
  password: string
  /** Where it is known as the user of the address. */
  device: DeviceCookie | undefined
  visitor: Visitor
  at: Date
  /** Under which it has a place each. */
  limits: Limit[]
  /** The hash that is computed where none is on file. */
  nobodys: string | undefined
}

/** Of the bound of consecutive failures, which no waiting of use ends. The same for whoever is asked about. */
const opens =
  'Too many attempts in a row. Ask for a new password under “Forgot password”: setting it by the link in the mail opens this account again.'

/** Getting in. */
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

  /** Takes a place under each limit: those of the device, where it is known as the user of the address. */
  const begin = async ({ email, password, device: cookie }: LogIn, visitor: Visitor) => {
    // What is no address has no account; lower case could make one of it (a Kelvin sign for k).
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

  /** One hash, whoever was found. A gate that was full gives the places back, for nothing was tried. */
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
     * Starts a session. Every refusal but the throttle's is the same, and costs one hash and one round trip.
     * @returns with the tokens, what makes this device a known one
     * @throws AuthError `invalid_credentials`, `rate_limited`, `busy`
     */
    async logIn(input: LogIn, visitor: Visitor): Promise<Started> {
      const { attempt, found } = await begin(input, visitor)
      let user = await verified(found, attempt)
      let started = await start(user, input, attempt)
      if ('changed' in started) {
        // The hash was replaced while this one was computed. If by another log-in, for its cost, the password still holds.
        user = await verified(started.changed, attempt)
        started = await start(user, input, attempt)
      }
      if ('changed' in started) throw new AuthError('invalid_credentials')
      if (passwords.outdated(user.passwordHash!)) defer(upgrade(user, input.password))
      return started
    },
  }
}
