import type { DeviceCookies } from './device-cookies.ts'
import { parseEmail } from './email.ts'
import { rateLimited } from './errors.ts'
import { opens } from './failed-log-ins.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { DeviceCookie, Limit, Visitor } from './model.ts'
import { nobodysHash } from './nobody.ts'
import type { Passwords } from './passwords.ts'
import type { LogInStore } from './ports/log-in.ts'
import type { Clock } from './ports/outside.ts'
import type { HeldFactors } from './ports/second-factors.ts'

type Needs = {
  logInStore: LogInStore
  passwords: Passwords
  /** Undefined if no old system is asked about passwords. */
  bridge: unknown
  limits: Limits
  deviceCookies: DeviceCookies
  macs: Macs
  now: Clock
}

export type LogIn = {
  email: string
  password: string
  /** The code of an authenticator app, or a recovery code. */
  otp: string | undefined
  /** False on a shared computer: the session ends when the browser closes, or after a short time without use. */
  remember: boolean
  /**
   * The session that the caller's cookie names. It ends when the new session starts, if it belongs to the same user and
   * its token is current.
   */
  replaces: { sid: string; generation: number } | undefined
  /** The device cookie from an earlier log-in. */
  device: string | undefined
  /** The token of a trusted device. */
  trust: string | undefined
  /** Whether the next log-ins on this device should need no second factor. */
  trustDevice: boolean | undefined
}

/** One log-in attempt, from its first place under a limit to its reply. */
export type Attempt = {
  canonical: string
  password: string
  /** The verified device cookie, if it belongs to the user of the address. */
  device: DeviceCookie | undefined
  /** The factors that a code in the request may belong to. */
  held: HeldFactors
  visitor: Visitor
  at: Date
  /** The limits that have counted this attempt. */
  limits: Limit[]
  /** What is computed if there is no user or no hash: this dummy hash, or the wait of the bridge. */
  nobodys: string | undefined
}

/** The beginning of a log-in: what is counted and read before the password is checked. */
export const createLogInAttempts = (needs: Needs) => {
  const { logInStore, passwords, bridge, limits, deviceCookies, macs, now } = needs

  /**
   * Counts the attempt in advance: it takes a place under each limit. These are the limits of the device if it is known
   * for the user of the address, and otherwise those of strangers.
   */
  return async ({ email, password, otp, device: cookie }: LogIn, visitor: Visitor) => {
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
      withFactors: otp !== undefined,
      now: at,
    })
    if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at, opens)
    const device = begun.recognised ? known : undefined
    const attempt: Attempt = {
      canonical,
      password,
      device,
      held: begun.held,
      visitor,
      at,
      limits: (device && ofDevice) ?? ofAll,
      nobodys: nobodysHash(macs, canonical, begun.formats, bridge !== undefined),
    }
    return { attempt, found: begun.user }
  }
}
