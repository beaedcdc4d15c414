import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import type { DeviceCookies } from './device-cookies.ts'
import type { EdgeRateLimit } from './edge-rate-limit.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { User, Visitor } from './model.ts'
import { type MailDelivery, noticeLifetimeMs } from './outbox.ts'
import type { Denylist } from './ports/denylist.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { RefreshStore } from './ports/refresh.ts'
import type { SessionStore } from './ports/sessions.ts'
import { enrolmentRequired, mustEnrol } from './required-factors.ts'
import { type AccessTokens, createTokenIssuer, type RefreshTokens, type Tokens } from './tokens.ts'

type Needs = {
  refreshStore: RefreshStore
  sessionStore: SessionStore
  denylist: Denylist
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  deviceCookies: DeviceCookies
  edgeRateLimit: Pick<EdgeRateLimit, 'refresh'>
  mailDelivery: MailDelivery
  limits: Limits
  settings: Settings
  now: Clock
  defer: Defer
}

/** A session that is not remembered (`remember: false` at log-in) ends after this many milliseconds without use. */
export const unrememberedIdleMs = 12 * 3_600_000

const nothing = () => {}

/** Milliseconds after a refresh for which a lost answer is forgiven: the same device can still get a successor. */
const lostAnswerMs = 10 * 60_000

/** Refresh, log-out and the guards of sessions. */
export const createSessions = (needs: Needs) => {
  const {
    sessionStore,
    refreshStore,
    denylist,
    accessTokens,
    refreshTokens,
    deviceCookies,
    edgeRateLimit,
    mailDelivery,
    limits,
  } = needs
  const { settings, now, defer } = needs
  const idleMs = settings.refreshTokenSeconds * 1000
  const graceMs = settings.refreshGraceSeconds * 1000
  const tokens = createTokenIssuer(needs)

  return {
    /**
     * Exchanges a refresh token for its successor (rotation). Sending the same token again within the grace time
     * returns the same successor, byte for byte. Later, as long as nobody has used that successor, the session's own
     * device gets another one, which voids the first. Any other old token is reuse and ends the session (RFC 9700
     * §4.14.2).
     * @param device the device cookie from the log-in of this session
     * @throws AuthError `invalid_token`; `rate_limited`, after which the token is still valid
     */
    async refresh(token: string, device: string | undefined, visitor: Visitor): Promise<Tokens> {
      const read = refreshTokens.read(token)
      if (!read) throw new AuthError('invalid_token')
      await edgeRateLimit.refresh(read.sid)
      const at = now()
      const rotating = refreshStore.rotate({
        sid: read.sid,
        generation: read.generation,
        nonce: randomId(),
        idleMs,
        graceMs,
        forgivenMs: graceMs > 0 ? lostAnswerMs : 0,
        device: (device !== undefined && deviceCookies.read(device, at)?.id) || null,
        verifiedOnly: settings.verificationRequired,
        visitor,
        limit: limits.refresh(),
        audit: auditEntry(visitor, at),
        mailId: randomId(),
        noticeLifetimeMs,
        now: at,
      })
      // A client that hangs up must not stop the reaction to a stolen token.
      defer(rotating.then(nothing, nothing))
      const [turned, denied] = await Promise.all([rotating, denylist.has(read.sid)])
      if ('refusedUntil' in turned) throw denied ? new AuthError('invalid_token') : rateLimited(turned.refusedUntil, at)
      if (turned.reused) defer(denylist.add([read.sid], at))
      if (turned.mail) defer(mailDelivery.deliver(turned.mail))
      if (!turned.signedIn || denied) throw new AuthError('invalid_token')
      return tokens(turned.signedIn, at, { keyId: read.keyId })
    },

    /** Ends every session named by one of the tokens, however old the token is. Invalid tokens are ignored. */
    async logOut(named: { accessTokens: string[]; refreshTokens: string[] }, visitor: Visitor): Promise<void> {
      const at = now()
      const read = await Promise.all(named.accessTokens.map((token) => accessTokens.readExpired(token, at)))
      const sids = [...read, ...named.refreshTokens.map(refreshTokens.read)].flatMap((token) => token?.sid ?? [])
      const unique = [...new Set(sids)]
      if (unique.length === 0) return
      // If D1 is down, only the denylist can be written, and the caller is asked to try again. Otherwise the denylist
      // gets only the sessions that ended now: genuine tokens of old sessions may be sent any number of times.
      let ended = unique
      try {
        ended = await sessionStore.end(
          unique,
          unique.map(() => auditEntry(visitor, at)),
        )
      } finally {
        if (ended.length > 0) defer(denylist.add(ended, at))
      }
    },

    /**
     * Returns the admin of a live session, as now stored. A session from before a second factor was required is not
     * enough.
     * @throws AuthError `invalid_token`, `forbidden`, `enrolment_required`
     */
    async readAdmin(sid: string): Promise<User> {
      const user = await sessionStore.read(sid, now())
      if (!user) throw new AuthError('invalid_token')
      if (user.role !== 'admin') throw new AuthError('forbidden')
      if (mustEnrol(user, settings)) throw enrolmentRequired(settings)
      return user
    },

    /** Returns the session's user, as now stored. @throws AuthError `invalid_token` */
    async read(sid: string): Promise<User> {
      const user = await sessionStore.read(sid, now())
      if (!user) throw new AuthError('invalid_token')
      return user
    },
  }
}
