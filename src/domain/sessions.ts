import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import { noticeLifetime, type Post } from './outbox.ts'
import { wrongPassword } from './password-changes.ts'
import type { Passwords } from './passwords.ts'
import type { Clock, Defer, Denylist, Sessions, SignedIn, User, Visitor } from './ports.ts'
import type { AccessTokens, RefreshTokens } from './tokens.ts'

type Needs = {
  sessions: Sessions
  denylist: Denylist
  passwords: Passwords
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  post: Post
  limits: Limits
  settings: Settings
  now: Clock
  defer: Defer
}

/** What a client needs to stay signed in. */
export type Tokens = { accessToken: string; refreshToken: string; refreshExpiresIn: number; user: User }

/** The tokens of a session as it is now. `keyId`: the key of the refresh token that these succeed. */
export const issuer =
  ({ accessTokens, refreshTokens }: Pick<Needs, 'accessTokens' | 'refreshTokens'>) =>
  async (signedIn: SignedIn, at: Date, keyId?: string): Promise<Tokens> => ({
    accessToken: await accessTokens.issue(signedIn, at),
    refreshToken: refreshTokens.issue(signedIn.session.id, signedIn.session.generation, keyId),
    refreshExpiresIn: Math.floor((signedIn.session.expiresAt.getTime() - at.getTime()) / 1000),
    user: signedIn.user,
  })

/** Staying in and getting out. */
export const liveSessions = (needs: Needs) => {
  const { sessions, denylist, passwords, accessTokens, refreshTokens, post, limits, settings, now, defer } = needs
  const idle = settings.refreshTokenSeconds * 1000
  const tokens = issuer(needs)

  return {
    /**
     * Turns a refresh token into its successor. Whoever sends the same one again within the grace time gets the same
     * successor, byte for byte; an older one ends the session (RFC 9700 §4.14.2).
     * @throws AuthError `invalid_token`
     */
    async refresh(token: string, visitor: Visitor): Promise<Tokens> {
      const read = refreshTokens.read(token)
      if (!read) throw new AuthError('invalid_token')
      const at = now()
      const [turn, denied] = await Promise.all([
        sessions.rotate({
          sid: read.sid,
          generation: read.generation,
          nonce: randomId(),
          idle,
          grace: settings.refreshGraceSeconds * 1000,
          verifiedOnly: settings.verificationRequired,
          visitor,
          audit: auditEntry(visitor, at),
          mailId: randomId(),
          noticeLifetime,
          now: at,
        }),
        denylist.has(read.sid),
      ])
      if (turn.reused) defer(denylist.add([read.sid], at))
      if (turn.mail) defer(post.deliver(turn.mail))
      if (!turn.signedIn || denied) throw new AuthError('invalid_token')
      return tokens(turn.signedIn, at, read.keyId)
    },

    /**
     * Gives the session a fresh `auth_time` for the password, and its next tokens.
     * @throws AuthError `invalid_token`, `wrong_password`, `rate_limited`, `busy`
     */
    async reauthenticate(sid: string, password: string, visitor: Visitor): Promise<Tokens> {
      const begun = await sessions.beginPasswordCheck({ sid, limits: limits.passwordCheck(sid), now: now() })
      if (!begun) throw new AuthError('invalid_token')
      if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, now())
      if (!(await passwords.verify(password, begun.user.password))) throw wrongPassword('password')
      const at = now()
      const renewed = await sessions.renew({
        sid,
        nonce: randomId(),
        checkedPassword: begun.user.password!,
        idle,
        cleared: limits.passwordCheck(sid).map((limit) => limit.key),
        audit: auditEntry(visitor, at),
        now: at,
      })
      if (!renewed) throw new AuthError('invalid_token')
      return tokens(renewed, at)
    },

    /** Ends every session that one of the tokens names, however old the token is. Others are passed over. */
    async logOut(named: { accessTokens: string[]; refreshTokens: string[] }, visitor: Visitor): Promise<void> {
      const at = now()
      const read = await Promise.all(named.accessTokens.map((token) => accessTokens.readExpired(token, at)))
      const sids = [...read, ...named.refreshTokens.map(refreshTokens.read)].flatMap((token) => token?.sid ?? [])
      const unique = [...new Set(sids)]
      if (unique.length === 0) return
      try {
        await sessions.end(
          unique,
          unique.map(() => auditEntry(visitor, at)),
        )
      } finally {
        // Also where D1 is down: then this is all that can be done, and the caller is told to try again.
        defer(denylist.add(unique, at))
      }
    },

    /** The session's user, as the database has them now. @throws AuthError `invalid_token` */
    async read(sid: string): Promise<SignedIn> {
      const signedIn = await sessions.read(sid, now())
      if (!signedIn) throw new AuthError('invalid_token')
      return signedIn
    },
  }
}
