import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { deviceName, deviceOf } from './devices.ts'
import { parseEmail } from './email.ts'
import { AuthError, rateLimited } from './errors.ts'
import { newId, randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { Post } from './outbox.ts'
import type { Passwords } from './passwords.ts'
import type { Audit, Clock, Defer, Denylist, Session, Sessions, User, Users, Visitor } from './ports.ts'
import { issuer, type Tokens } from './sessions.ts'
import type { AccessTokens, RefreshTokens } from './tokens.ts'

type Needs = {
  users: Users
  sessions: Sessions
  denylist: Denylist
  audit: Audit
  passwords: Passwords
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  post: Post
  limits: Limits
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
  resendVerification: (user: User, visitor: Visitor) => Promise<void>
}

/** The most a user has at once; the oldest ends (ASVS 7.1.2). */
const sessionsPerUser = 20

/** Failures of one user's address within so many milliseconds share a row of the audit, so that a flood cannot fill it. */
const auditWindow = 900_000

/** Getting in. */
export const logIns = (needs: Needs) => {
  const { users, sessions, denylist, audit, passwords, post, limits, macs, settings } = needs
  const { now, defer, resendVerification } = needs
  const tokens = issuer(needs)

  const mayLogIn = (user: User) =>
    user.status === 'active' && (user.emailVerifiedAt !== null || !settings.verificationRequired)

  const countFailure = (canonical: string, userId: string | null, visitor: Visitor, at: Date) => {
    const window = new Date(Math.floor(at.getTime() / auditWindow) * auditWindow)
    const id = newId(window, macs.sign('audit', `log_in_failed ${canonical} ${userId} ${window.getTime()}`))
    defer(audit.count({ ...auditEntry(visitor, at), id, event: 'log_in_failed', userId }))
  }

  const newSession = (user: User, visitor: Visitor, at: Date): Session => ({
    id: randomId(),
    userId: user.id,
    generation: 0,
    nonce: randomId(),
    createdAt: at,
    rotatedAt: at,
    authTime: at,
    expiresAt: new Date(at.getTime() + settings.refreshTokenSeconds * 1000),
    endsAt: new Date(at.getTime() + settings.sessionSeconds * 1000),
    ip: visitor.ip,
    city: visitor.city,
    country: visitor.country,
    userAgent: visitor.userAgent,
  })

  const upgrade = async (user: User, password: string) => {
    const better = await passwords.hash(password)
    await users.upgradePassword({ userId: user.id, checkedPassword: user.password!, password: better })
  }

  return {
    /**
     * Starts a session. Every refusal but the throttle's is the same, and costs one hash and one round trip.
     * @param replaces the session that the caller's cookies name: it ends when this one starts
     * @throws AuthError `invalid_credentials`, `rate_limited`, `busy`
     */
    async logIn(
      { email, password, replaces }: { email: string; password: string; replaces: string | undefined },
      visitor: Visitor,
    ): Promise<Tokens> {
      // What is no address has no account; lower case could make one of it (a Kelvin sign for k).
      const canonical = parseEmail(email)?.canonical ?? email
      const at = now()
      const begun = await sessions.beginLogIn({
        emailCanonical: canonical,
        limits: limits.logIn(visitor, canonical),
        now: at,
      })
      if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at)
      const { user } = begun

      const right = await passwords.verify(password, user?.password)
      if (!user || !right || !mayLogIn(user)) {
        countFailure(canonical, user?.id ?? null, visitor, at)
        if (user && right && user.status === 'active') defer(resendVerification(user, visitor))
        throw new AuthError('invalid_credentials')
      }

      const session = newSession(user, visitor, at)
      const { browser, os } = await deviceOf(visitor.userAgent)
      const started = await sessions.start({
        session,
        checkedPassword: user.password!,
        verifiedOnly: settings.verificationRequired,
        replaces,
        keep: sessionsPerUser,
        cleared: limits.logInFailures(canonical),
        audit: auditEntry(visitor, at),
        device: {
          name: [deviceName({ browser, os }), visitor.country].filter(Boolean).join(', '),
          mailId: randomId(),
          lifetime: settings.sessionSeconds * 1000,
          detail: present({ browser, os, city: visitor.city, country: visitor.country }),
        },
        now: at,
      })
      if (!started) throw new AuthError('invalid_credentials')
      if (started.ended.length > 0) defer(denylist.add(started.ended, at))
      if (started.mail) defer(post.deliver(started.mail))
      if (passwords.outdated(user.password!)) defer(upgrade(user, password))
      return tokens({ user: { ...user, lastLoginAt: at }, session }, at)
    },
  }
}

const present = (values: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
