import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import type { DeviceCookies } from './device-cookies.ts'
import type { EdgeRateLimit } from './edge-rate-limit.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { User, Visitor } from './model.ts'
import { type MailDelivery, noticeLifetime } from './outbox.ts'
import type { Denylist } from './ports/denylist.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { RefreshStore } from './ports/refresh.ts'
import type { SessionStore } from './ports/sessions.ts'
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

/** Milliseconds without use after which a session ends that is not remembered (`remember: false` at log-in). */
export const forgottenAfter = 12 * 3_600_000

const nothing = () => {}

/** Milliseconds after a refresh for which its answer may turn out to be lost. */
const lostFor = 10 * 60_000

/** Staying in and getting out. */
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
  const idle = settings.refreshTokenSeconds * 1000
  const grace = settings.refreshGraceSeconds * 1000
  const tokens = createTokenIssuer(needs)

  return {
    /**
     * Turns a refresh token into its successor. Whoever sends the same one again within the grace time gets the same
     * successor, byte for byte. Later, as long as nobody has used that one, the device of the session gets another, which
     * makes it void. Any other older token ends the session (RFC 9700 §4.14.2).
     * @param device what the log-in of this session gave its device to keep
     * @throws AuthError `invalid_token`, `rate_limited`: then the token is as good as before
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
        idle,
        grace,
        forgiven: grace > 0 ? lostFor : 0,
        device: (device !== undefined && deviceCookies.read(device, at)?.id) || null,
        verifiedOnly: settings.verificationRequired,
        visitor,
        limits: limits.refresh(read.sid),
        audit: auditEntry(visitor, at),
        mailId: randomId(),
        noticeLifetime,
        now: at,
      })
      // A client that hangs up does not stop what a stolen token leads to.
      defer(rotating.then(nothing, nothing))
      const [turned, denied] = await Promise.all([rotating, denylist.has(read.sid)])
      if ('refusedUntil' in turned) throw denied ? new AuthError('invalid_token') : rateLimited(turned.refusedUntil, at)
      if (turned.reused) defer(denylist.add([read.sid], at))
      if (turned.mail) defer(mailDelivery.deliver(turned.mail))
      if (!turned.signedIn || denied) throw new AuthError('invalid_token')
      return tokens(turned.signedIn, at, { keyId: read.keyId })
    },

    /** Ends every session that one of the tokens names, however old the token is. Others are passed over. */
    async logOut(named: { accessTokens: string[]; refreshTokens: string[] }, visitor: Visitor): Promise<void> {
      const at = now()
      const read = await Promise.all(named.accessTokens.map((token) => accessTokens.readExpired(token, at)))
      const sids = [...read, ...named.refreshTokens.map(refreshTokens.read)].flatMap((token) => token?.sid ?? [])
      const unique = [...new Set(sids)]
      if (unique.length === 0) return
      // Where D1 is down this is all that can be done, and the caller is told to try again. Otherwise only what has ended
      // now is written: genuine tokens of sessions long gone may come as often as somebody likes.
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

    /** The admin of a live session, as the database has them now. @throws AuthError `invalid_token`, `forbidden` */
    async readAdmin(sid: string): Promise<User> {
      const user = await sessionStore.read(sid, now())
      if (!user) throw new AuthError('invalid_token')
      if (user.role !== 'admin') throw new AuthError('forbidden')
      return user
    },

    /** The session's user, as the database has them now. @throws AuthError `invalid_token` */
    async read(sid: string): Promise<User> {
      const user = await sessionStore.read(sid, now())
      if (!user) throw new AuthError('invalid_token')
      return user
    },
  }
}
