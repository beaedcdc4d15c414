import { jwtVerify, SignJWT } from 'jose'
import type { SigningKey } from '../setting-values.ts'
import type { Settings } from '../settings.ts'
import { assuranceOf } from './assurance.ts'
import { newId } from './ids.ts'
import { importing } from './jwk-import.ts'
import type { Macs } from './macs.ts'
import { metadataClaim } from './metadata.ts'
import type { SignedIn, User } from './model.ts'

/** RFC 9068 §2.2 requires a client id; this service has one client. */
const clientId = 'gatehouse'

/** Seconds by which the clocks of verifiers may differ. */
const clockToleranceSeconds = 5

/**
 * Base64url has several spellings if its last character has unused bits (RFC 4648 §3.5). Only one of them is accepted.
 */
const isCanonical = (part: string) => [/$/, /(?!)/, /[AQgw]$/, /[AEIMQUYcgkosw048]$/][part.length % 4]!.test(part)

export type AccessTokens = ReturnType<typeof createAccessTokens>

/** How many verified tokens an isolate remembers: less than a megabyte. */
const remembered = 1000

/** The content of an access token. Times are in milliseconds since the epoch. */
type Claims = {
  sid: string
  userId: string
  authTime: Date
  /** True if the token came with the reply to a log-in or re-authentication, and not with a refresh. */
  fresh: boolean
  issuedAt: number
  expiresAt: number
}

/** JWT access tokens (RFC 9068), signed with the first key and verified with any. Keys come from the settings only. */
export const createAccessTokens = (
  s: Pick<
    Settings,
    | 'signingKeys'
    | 'appUrl'
    | 'tokenAudience'
    | 'tokenSubject'
    | 'tokenMetadata'
    | 'accessTokenType'
    | 'accessTokenSeconds'
    | 'aal2Seconds'
    | 'tokensNotBefore'
  >,
) => {
  const keys = new Map(s.signingKeys.map((key) => [key.kid, key]))
  const [first] = s.signingKeys as [SigningKey]
  const algorithms = [...new Set(s.signingKeys.map((key) => key.alg))]
  const keyOf = importing()

  /** Tokens verified here lately, oldest first: each is verified once per isolate. */
  const genuine = new Map<string, Claims>()

  const remember = (token: string, claims: Claims) => {
    genuine.set(token, claims)
    for (const oldest of genuine.keys()) {
      if (genuine.size <= remembered) break
      genuine.delete(oldest)
    }
  }

  const verify = async (token: string, now: Date, tolerance: number): Promise<Claims | undefined> => {
    if (!token.split('.').every(isCanonical)) return
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid = '', alg }) => {
          const key = keys.get(kid)
          if (key?.alg !== alg) throw new Error('unknown key')
          return keyOf(key.publicJwk, key.alg)
        },
        {
          algorithms,
          typ: s.accessTokenType,
          issuer: s.appUrl,
          audience: s.tokenAudience,
          requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp', 'auth_time'],
          clockTolerance: tolerance,
          currentDate: now,
        },
      )
      // jose accepts one match among several audiences; our tokens have exactly one.
      const { sub, uid = sub, sid, aud, auth_time, iat, exp, fresh = false } = payload
      if (typeof iat !== 'number' || typeof exp !== 'number' || typeof auth_time !== 'number') return
      if (typeof sid !== 'string' || typeof uid !== 'string' || typeof aud !== 'string') return
      return {
        sid,
        userId: uid,
        authTime: new Date(auth_time * 1000),
        fresh: fresh === true,
        issuedAt: iat * 1000,
        expiresAt: exp * 1000,
      }
    } catch {
      return undefined
    }
  }

  const subjectOf = (user: User) => (s.tokenSubject === 'external_id' ? user.externalId : null) ?? user.id

  return {
    /** Returns what other services call the user: the same as `sub` in tokens. */
    subjectOf,

    /** @param fresh whether the user was authenticated in the request that this token answers */
    issue: async ({ user, session }: SignedIn, now: Date, fresh = false): Promise<string> => {
      const seconds = Math.floor(now.getTime() / 1000)
      const subject = subjectOf(user)
      return new SignJWT({
        client_id: clientId,
        sid: session.id,
        auth_time: Math.floor(session.authTime.getTime() / 1000),
        ...assuranceOf(session, now, s.aal2Seconds),
        role: user.role,
        // This service identifies users by id, and must not have to look it up.
        ...(subject !== user.id && { uid: user.id }),
        ...(user.locale && { locale: user.locale }),
        ...(s.tokenMetadata && metadataClaim(user.metadata)),
        ...(fresh && { fresh }),
      })
        .setProtectedHeader({ alg: first.alg, typ: s.accessTokenType, kid: first.kid })
        .setIssuer(s.appUrl)
        .setAudience(s.tokenAudience)
        .setSubject(subject)
        .setJti(newId(now))
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + s.accessTokenSeconds)
        .sign(await keyOf(first.privateJwk, first.alg))
    },
    /**
     * Returns the claims; undefined for a token that is not ours, not an access token, expired, or older than
     * TOKENS_NOT_BEFORE.
     */
    read: async (token: string, now: Date): Promise<Claims | undefined> => {
      const known = genuine.get(token)
      const claims = known ?? (await verify(token, now, clockToleranceSeconds))
      if (!claims || claims.issuedAt < s.tokensNotBefore.getTime()) return
      if (claims.expiresAt <= Math.floor(now.getTime() / 1000 - clockToleranceSeconds) * 1000) return
      if (!known) remember(token, claims)
      return claims
    },
    /** Returns the claims even of an expired token: at log-out, a genuine token names its session however old it is. */
    readExpired: (token: string, now: Date) => verify(token, now, 100 * 365 * 86_400),
  }
}

export type RefreshTokens = ReturnType<typeof createRefreshTokens>

/**
 * A refresh token is `kid.sid.generation.MAC`, with the MAC over everything before it. Nothing in it depends on time,
 * so a generation always has the same token. Tokens are not stored. A forged one is refused without the database.
 */
export const createRefreshTokens = (macs: Macs) => ({
  /** Signs with the key of the previous token, so that a replay gets the same bytes while keys rotate. */
  issue: (sid: string, generation: number, keyId = macs.firstKeyId) => {
    const name = `${keyId}.${sid}.${generation}`
    return `${name}.${macs.make('refresh', name, keyId)}`
  },
  read: (token: string) => {
    const [, name, keyId, sid, generation, mac] =
      /^(([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]{22})\.(0|[1-9]\d{0,8}))\.([A-Za-z0-9_-]{43})$/.exec(token) ?? []
    return name && keyId && sid && generation && mac && macs.verify('refresh', name, mac, keyId)
      ? { keyId, sid, generation: Number(generation) }
      : undefined
  },
})

/** The tokens that keep a client signed in. Cookies of a session that is not remembered end with the browser. */
export type Tokens = {
  accessToken: string
  refreshToken: string
  refreshExpiresIn: number
  remembered: boolean
  user: User
}

/**
 * Returns the tokens of a session in its current state. `keyId`: the key of the refresh token that was presented.
 * `fresh`: the user was authenticated in this request.
 */
export const createTokenIssuer =
  ({ accessTokens, refreshTokens }: { accessTokens: AccessTokens; refreshTokens: RefreshTokens }) =>
  async (
    signedIn: SignedIn,
    at: Date,
    { keyId, fresh }: { keyId?: string; fresh?: boolean } = {},
  ): Promise<Tokens> => ({
    accessToken: await accessTokens.issue(signedIn, at, fresh),
    refreshToken: refreshTokens.issue(signedIn.session.id, signedIn.session.generation, keyId),
    refreshExpiresIn: Math.floor((signedIn.session.expiresAt.getTime() - at.getTime()) / 1000),
    remembered: signedIn.session.remembered,
    user: signedIn.user,
  })
