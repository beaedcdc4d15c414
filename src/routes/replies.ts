import type { Context } from 'hono'
import { assuranceOf } from '../domain/assurance.ts'
import { deviceCookieSeconds } from '../domain/device-cookies.ts'
import { type AuditRow, secondFactors, type TrustedDevice, type User } from '../domain/model.ts'
import type { NamedSession } from '../domain/own-sessions.ts'
import type { OneUseProof } from '../domain/proof.ts'
import type { Tokens } from '../domain/tokens.ts'
import type { AppContext, SignedInEnv } from '../env.ts'
import type { Transport } from '../setting-values.ts'
import { readCookie, writeCookie } from './cookies.ts'

/** Returns the picture's URL: ours by its key, or the one on file if the picture is kept elsewhere. */
const avatarUrl = (c: AppContext, avatar: string | null) =>
  avatar === null || avatar.startsWith('https://') ? avatar : `${c.var.services.settings.appUrl}/avatars/${avatar}`

/**
 * Returns what users may see of themselves. Members are named one by one, so that a new column never leaks (ASVS
 * 15.3.1).
 */
export const userReply = (c: AppContext, user: User) => ({
  id: user.id,
  email: user.email,
  email_verified: user.emailVerifiedAt !== null,
  pending_email: user.pendingEmail,
  name: user.name,
  phone: user.phone,
  locale: user.locale,
  avatar_url: avatarUrl(c, user.avatar),
  role: user.role,
  status: user.status,
  created_at: user.createdAt.toISOString(),
  updated_at: user.updatedAt.toISOString(),
  last_login_at: user.lastLoginAt?.toISOString() ?? null,
  second_factor: (user.factors & secondFactors) !== 0,
  mfa_required: user.mfaRequired,
  has_password: user.passwordHash !== null,
  external_id: user.externalId,
  metadata: user.metadata ?? {},
})

const writeTokens = (c: AppContext, { accessToken, refreshToken, refreshExpiresIn, remembered }: Tokens) => {
  const { accessTokenSeconds } = c.var.services.settings
  writeCookie(c, 'token', accessToken, remembered ? accessTokenSeconds : undefined)
  writeCookie(c, 'refresh_token', refreshToken, remembered ? refreshExpiresIn : undefined)
}

/** Writes the device cookie. If the session is not remembered, the cookie ends with the browser as well. */
const writeDevice = (c: AppContext, device: string, { remembered } = { remembered: true }) =>
  writeCookie(c, 'device', device, remembered ? deviceCookieSeconds : undefined)

/** Returns the requested transport, within what TOKEN_TRANSPORT allows. */
export const transportOf = (c: AppContext, wanted: Transport | undefined): Transport => {
  const { tokenTransport } = c.var.services.settings
  return tokenTransport === 'both' ? (wanted ?? 'both') : tokenTransport
}

/**
 * Sends the tokens by the requested transport, within what TOKEN_TRANSPORT allows. Tokens that replace those of a
 * cookie are sent as cookies, and the refresh token then never appears where a script could read it.
 */
export const sessionReply = (
  c: AppContext,
  tokens: Tokens &
    Partial<OneUseProof> & {
      device?: string
      trust?: { token: string; expiresIn: number } | undefined
      recoveryCodesLeft?: number | undefined
      recoveryCodes?: string[]
    },
  {
    transport,
    cameBy,
    more,
  }: { transport: Transport | undefined; cameBy?: 'cookie' | 'bearer' | 'body'; more?: object },
) => {
  const { accessTokenSeconds } = c.var.services.settings
  const allowed = transportOf(c, transport)
  const byCookie = cameBy === 'cookie'
  const inBody = allowed !== 'cookie'
  if (allowed !== 'body' || byCookie) {
    writeTokens(c, tokens)
    if (tokens.device) writeDevice(c, tokens.device, tokens)
    if (tokens.trust) writeCookie(c, 'trust', tokens.trust.token, tokens.trust.expiresIn)
  }
  return c.json({
    ...(inBody && { access_token: tokens.accessToken }),
    token_type: 'bearer' as const,
    expires_in: accessTokenSeconds,
    ...(inBody && !byCookie && { refresh_token: tokens.refreshToken }),
    ...(inBody && !byCookie && tokens.device && { device_token: tokens.device }),
    ...(tokens.trust && {
      ...(inBody && { trust_token: tokens.trust.token }),
      trust_expires_in: tokens.trust.expiresIn,
    }),
    refresh_expires_in: tokens.refreshExpiresIn,
    ...(tokens.proof !== undefined && { proof: tokens.proof, proof_expires_in: tokens.proofExpiresIn }),
    ...(tokens.recoveryCodesLeft !== undefined && { recovery_codes_left: tokens.recoveryCodesLeft }),
    ...(tokens.recoveryCodes && { recovery_codes: tokens.recoveryCodes }),
    user: userReply(c, tokens.user),
    ...more,
  })
}

/**
 * Whether cookies name the session of the access token. Checked before anything is done, because reading a cookie may
 * be refused.
 */
export const namedByCookies = (c: Context<SignedInEnv>): boolean =>
  c.var.via === 'cookie' ||
  c.var.services.refreshTokens.read(readCookie(c, 'refresh_token') ?? '')?.sid === c.var.principal.sid

/**
 * Returns the body of a reply with the next tokens of a session, which leave the way the old ones came: in the body for
 * a bearer token, and as cookies if cookies named the session.
 */
export const successorBody = (c: Context<SignedInEnv>, tokens: Tokens, message: string, byCookies: boolean) => {
  if (byCookies) writeTokens(c, tokens)
  return {
    message,
    ...(c.var.via === 'bearer' && { access_token: tokens.accessToken, refresh_token: tokens.refreshToken }),
    token_type: 'bearer' as const,
    expires_in: c.var.services.settings.accessTokenSeconds,
    refresh_expires_in: tokens.refreshExpiresIn,
  }
}

/** Writes the device cookie, and returns a member of the body for clients that keep their tokens themselves. */
export const keepDevice = (
  c: AppContext,
  device: string,
  session?: { remembered: boolean },
): { device_token?: string } => {
  const { tokenTransport } = c.var.services.settings
  if (tokenTransport !== 'body') writeDevice(c, device, session)
  return keptInBody(c, device)
}

/** Returns the device token for clients that keep their tokens themselves. */
export const keptInBody = (c: AppContext, device: string): { device_token?: string } =>
  c.var.services.settings.tokenTransport === 'cookie' ? {} : { device_token: device }

/**
 * Returns the request's device token. The header wins, because the client chose to send it; the cookie may be that of
 * another account in the same browser.
 */
export const deviceOf = (c: AppContext): string | undefined =>
  c.req.header('Gatehouse-Device') ?? readCookie(c, 'device')

/** Returns the request's token of a trusted device; the header wins, as with the device token. */
export const trustOf = (c: AppContext): string | undefined => c.req.header('Gatehouse-Trust') ?? readCookie(c, 'trust')

/**
 * Marks the browser that registered, whether or not the address was known: as long as the mailed link is valid, this
 * browser needs no password beside it.
 */
export const keepRegistration = (c: AppContext, registered: string) => {
  const { tokenTransport, emailVerificationSeconds } = c.var.services.settings
  if (tokenTransport !== 'body') writeCookie(c, 'registered', registered, emailVerificationSeconds)
}

export const message = (c: AppContext, text: string) => c.json({ message: text })

export const sessionEntry = (c: AppContext, session: NamedSession, current: string) => ({
  id: session.id,
  current: session.id === current,
  created_at: session.createdAt.toISOString(),
  last_used_at: session.rotatedAt.toISOString(),
  expires_at: session.expiresAt.toISOString(),
  ip: session.ip,
  city: session.city,
  country: session.country,
  browser: session.browser,
  os: session.os,
  ...assuranceOf(session, c.var.services.now(), c.var.services.settings.aal2Seconds),
})

export const trustedDeviceEntry = (device: TrustedDevice) => ({
  id: device.id,
  name: device.name,
  created_at: device.createdAt.toISOString(),
  last_used_at: device.lastUsedAt.toISOString(),
  expires_at: device.expiresAt.toISOString(),
})

export const auditRecord = (row: AuditRow) => ({
  id: row.id,
  at: row.at.toISOString(),
  event: row.event,
  user_id: row.userId,
  actor_id: row.actorId,
  ip: row.ip,
  user_agent: row.userAgent,
  detail: row.detail,
  count: row.count,
})
