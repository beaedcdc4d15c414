import type { Context } from 'hono'
import { deviceCookieSeconds } from '../domain/device-cookies.ts'
import type { AuditRow, User } from '../domain/model.ts'
import { type NamedSession, withDeviceNames } from '../domain/own-sessions.ts'
import type { Holdings } from '../domain/ports/data-export.ts'
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
  avatar_url: avatarUrl(c, user.avatar),
  role: user.role,
  status: user.status,
  created_at: user.createdAt.toISOString(),
  updated_at: user.updatedAt.toISOString(),
  last_login_at: user.lastLoginAt?.toISOString() ?? null,
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

/**
 * Sends the tokens by the requested transport, within what TOKEN_TRANSPORT allows. Tokens that replace those of a
 * cookie are sent as cookies, and the refresh token then never appears where a script could read it.
 */
export const sessionReply = (
  c: AppContext,
  tokens: Tokens & Partial<OneUseProof> & { device?: string },
  { transport, cameBy }: { transport: Transport | undefined; cameBy?: 'cookie' | 'bearer' | 'body' },
) => {
  const { tokenTransport, accessTokenSeconds } = c.var.services.settings
  const allowed = tokenTransport === 'both' ? (transport ?? 'both') : tokenTransport
  const byCookie = cameBy === 'cookie'
  const inBody = allowed !== 'cookie'
  if (allowed !== 'body' || byCookie) {
    writeTokens(c, tokens)
    if (tokens.device) writeDevice(c, tokens.device, tokens)
  }
  return c.json({
    ...(inBody && { access_token: tokens.accessToken }),
    token_type: 'bearer' as const,
    expires_in: accessTokenSeconds,
    ...(inBody && !byCookie && { refresh_token: tokens.refreshToken }),
    ...(inBody && !byCookie && tokens.device && { device_token: tokens.device }),
    refresh_expires_in: tokens.refreshExpiresIn,
    ...(tokens.proof !== undefined && { proof: tokens.proof, proof_expires_in: tokens.proofExpiresIn }),
    user: userReply(c, tokens.user),
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
 * Sends the tokens of a session that continues under a new id, the way the old ones came: in the body for a bearer
 * token, and as cookies if cookies named the session.
 */
export const successorReply = (
  c: Context<SignedInEnv>,
  tokens: Tokens,
  text: string,
  { byCookies, ...kept }: { byCookies: boolean; device_token?: string },
) => {
  const { accessTokenSeconds } = c.var.services.settings
  const { via } = c.var
  if (byCookies) {
    writeTokens(c, tokens)
  }
  return c.json({
    message: text,
    ...(via === 'bearer' && { access_token: tokens.accessToken, refresh_token: tokens.refreshToken }),
    token_type: 'bearer' as const,
    expires_in: accessTokenSeconds,
    refresh_expires_in: tokens.refreshExpiresIn,
    ...kept,
  })
}

/** Gives the device its cookie, and to clients that keep their tokens themselves a member of the body. */
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

/**
 * Marks the browser that registered, whether or not the address was known: while a mailed link is valid, the link alone
 * is enough in this browser.
 */
export const keepRegistration = (c: AppContext, registered: string) => {
  const { tokenTransport, emailVerificationSeconds } = c.var.services.settings
  if (tokenTransport !== 'body') writeCookie(c, 'registered', registered, emailVerificationSeconds)
}

export const message = (c: AppContext, text: string) => c.json({ message: text })

export const sessionEntry = (session: NamedSession, current: string) => ({
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

export const exportReply = (c: Context<SignedInEnv>, held: Holdings) => ({
  user: userReply(c, held.user),
  sessions: withDeviceNames(held.sessions).map((session) => sessionEntry(session, c.var.principal.sid)),
  devices: held.devices.map((device) => ({
    name: device.name,
    first_seen_at: device.firstSeenAt.toISOString(),
    last_seen_at: device.lastSeenAt.toISOString(),
  })),
  mails: held.mails.map((mail) => ({
    kind: mail.kind,
    address: mail.address,
    created_at: mail.createdAt.toISOString(),
    sent_at: mail.sentAt?.toISOString() ?? null,
  })),
  // Users may see what an admin did to them, but not from where.
  audit: held.audit.map((row) => auditRecord(row.actorId === null ? row : { ...row, ip: null, userAgent: null })),
})
