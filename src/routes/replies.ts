import type { Context } from 'hono'
import { deviceCookieSeconds } from '../domain/device-cookies.ts'
import type { AuditRow, User } from '../domain/model.ts'
import { type NamedSession, named } from '../domain/own-sessions.ts'
import type { Holdings } from '../domain/ports/data-export.ts'
import type { OneUseProof } from '../domain/proof.ts'
import type { Tokens } from '../domain/tokens.ts'
import type { AppEnv } from '../env.ts'
import type { Transport } from '../setting-values.ts'
import { readCookie, writeCookie } from './cookies.ts'

/** A picture is served by us under its key, unless it lives elsewhere: then the URL is what is on file. */
const avatarUrl = (c: Context<AppEnv>, avatar: string | null) =>
  avatar === null || avatar.startsWith('https://') ? avatar : `${c.var.services.settings.appUrl}/avatars/${avatar}`

/** What a user may see of themselves: named members only, so that a new column never leaves by itself (ASVS 15.3.1). */
export const userReply = (c: Context<AppEnv>, user: User) => ({
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
})

const writeTokens = (c: Context<AppEnv>, { accessToken, refreshToken, refreshExpiresIn, remembered }: Tokens) => {
  const { accessTokenSeconds } = c.var.services.settings
  writeCookie(c, 'token', accessToken, remembered ? accessTokenSeconds : undefined)
  writeCookie(c, 'refresh_token', refreshToken, remembered ? refreshExpiresIn : undefined)
}

/** Where the session leaves nothing in the browser, neither does this. */
const writeDevice = (c: Context<AppEnv>, device: string, { remembered } = { remembered: true }) =>
  writeCookie(c, 'device', device, remembered ? deviceCookieSeconds : undefined)

/**
 * Tokens leave by the transport that was asked for, within what TOKEN_TRANSPORT allows. Those that a cookie brought
 * leave as cookies, and the refresh token is then never put where a script could read it.
 */
export const sessionReply = (
  c: Context<AppEnv>,
  tokens: Tokens & Partial<OneUseProof> & { device?: string },
  { transport, cameBy }: { transport: Transport | undefined; cameBy?: 'cookie' | 'bearer' | 'body' },
) => {
  c.set('userId', tokens.user.id)
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

/** Whether cookies name the session of the access token: asked before anything is done, since reading one may be refused. */
export const namedByCookies = (c: Context<AppEnv>): boolean =>
  c.var.via === 'cookie' ||
  c.var.services.refreshTokens.read(readCookie(c, 'refresh_token') ?? '')?.sid === c.var.principal.sid

/**
 * The tokens of a session that goes on under another id leave the way the old ones came: in the body where a bearer token
 * came, and as cookies where cookies named the session.
 */
export const successorReply = (
  c: Context<AppEnv>,
  tokens: Tokens,
  text: string,
  { byCookies, ...kept }: { byCookies: boolean; device_token?: string },
) => {
  c.set('userId', tokens.user.id)
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

/** The device is known from now on: by a cookie, by a member of the body that it keeps itself, or by whichever it has. */
export const keepDevice = (
  c: Context<AppEnv>,
  device: string,
  session?: { remembered: boolean },
): { device_token?: string } => {
  const { tokenTransport } = c.var.services.settings
  if (tokenTransport !== 'body') writeDevice(c, device, session)
  return keptInBody(c, device)
}

/** For a client that keeps its tokens itself, and so this as well. */
export const keptInBody = (c: Context<AppEnv>, device: string): { device_token?: string } =>
  c.var.services.settings.tokenTransport === 'cookie' ? {} : { device_token: device }

/**
 * What this device was given to keep. The header is what a client chose to send, so it counts where there are both; the
 * cookie may be that of another account in the same browser.
 */
export const deviceOf = (c: Context<AppEnv>): string | undefined =>
  c.req.header('Gatehouse-Device') ?? readCookie(c, 'device')

/** The browser registered, known address or not: for as long as the link lives that may have been mailed, it is enough here. */
export const keepRegistration = (c: Context<AppEnv>, registered: string) => {
  const { tokenTransport, emailVerificationSeconds } = c.var.services.settings
  if (tokenTransport !== 'body') writeCookie(c, 'registered', registered, emailVerificationSeconds)
}

export const message = (c: Context<AppEnv>, text: string) => c.json({ message: text })

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

export const exportReply = (c: Context<AppEnv>, held: Holdings) => ({
  user: userReply(c, held.user),
  sessions: named(held.sessions).map((session) => sessionEntry(session, c.var.principal.sid)),
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
  // What an admin did is the user's to know; from where is the admin's own.
  audit: held.audit.map((row) => auditRecord(row.actorId === null ? row : { ...row, ip: null, userAgent: null })),
})
