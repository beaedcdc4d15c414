import type { Settings } from '../settings.ts'
import type { Bridge } from './bridge.ts'
import type { DeviceCookies } from './device-cookies.ts'
import { parseEmail } from './email.ts'
import { AuthError, rateLimited } from './errors.ts'
import { createFailureCount } from './failed-log-ins.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { DeviceCookie, Limit, Migrated, Proof, User, Visitor } from './model.ts'
import { bridge as bridgeFormat, nobodysHash } from './nobody.ts'
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
  /** Asks the system that users were imported from. Undefined if there is none to ask. */
  bridge: Bridge | undefined
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
  /** The limits that have counted this attempt. */
  limits: Limit[]
  /** What is computed if there is no user or no hash: a dummy hash of this format, or the wait of the bridge. */
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
  const { passwordChangeStore, logInStore, sessionStart, passwords, bridge, limits, deviceCookies, macs, settings } =
    needs
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
   * Counts the attempt in advance: it takes a place under each limit. These are the limits of the device if it is known
   * for the user of the address, and otherwise those of strangers.
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
      nobodys: nobodysHash(macs, canonical, begun.formats, bridge !== undefined),
    }
    return { attempt, found: begun.user }
  }

  /**
   * Costs one hash, whether or not a user was found; with the bridge, one question to the old system or an equal wait.
   */
  const check = (user: User | undefined, { password, nobodys }: Attempt): Promise<boolean> => {
    if (bridge && !user?.passwordHash) {
      if (user?.migrationPending) return bridge.ask(user, password)
      if (nobodys === bridgeFormat) return bridge.askForNobody()
    }
    return passwords.verify(password, user?.passwordHash, nobodys)
  }

  const proofOf = async ({ passwordHash }: User, password: string): Promise<Proof | Migrated> =>
    passwordHash === null ? { migrated: await passwords.hash(password) } : { passwordHash }

  /**
   * Verifies the password. If too many hashes are waiting (the gate is full) or the old system does not answer, the
   * places under the limits are given back, because nothing was tried.
   */
  const verified = async (user: User | undefined, attempt: Attempt) => {
    const { canonical, password, visitor, at } = attempt
    const giveBack = (error: unknown): never => {
      defer(logInStore.giveBack(attempt.limits, at))
      throw error
    }
    const right = await check(user, attempt).catch(giveBack)
    if (user && right && mayLogIn(user)) return { user, proof: await proofOf(user, password).catch(giveBack) }
    countFailure(canonical, user?.id ?? null, visitor, at)
    if (user && right && user.status === 'active') defer(resendVerification(user, visitor))
    throw new AuthError('invalid_credentials')
  }

  const start = (
    { user, proof }: { user: User; proof: Proof | Migrated },
    { remember, replaces }: LogIn,
    attempt: Attempt,
  ) => {
    const { canonical, device, visitor, at } = attempt
    return sessionStart.start(
      {
        user,
        proof,
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
     * Logs in and starts a session. Every refusal except a rate limit looks the same and costs one hash and one round
     * trip. For users of the bridge, and for as many unknown addresses, a question to the old system or an equal wait
     * replaces the hash.
     * @returns the tokens and the device cookie
     * @throws AuthError `invalid_credentials`, `rate_limited`, `busy`, `migration_unavailable`
     */
    async logIn(input: LogIn, visitor: Visitor): Promise<Started> {
      const { attempt, found } = await begin(input, visitor)
      let proven = await verified(found, attempt)
      let started = await start(proven, input, attempt)
      if ('changed' in started && started.changed?.passwordHash) {
        // The hash was replaced or set while this one was being computed. If another log-in did it, the password still
        // matches.
        proven = await verified(started.changed, attempt)
        started = await start(proven, input, attempt)
      }
      if ('changed' in started) throw new AuthError('invalid_credentials')
      const { user, proof } = proven
      if ('passwordHash' in proof && passwords.outdated(proof.passwordHash)) defer(upgrade(user, input.password))
      return started
    },
  }
}
