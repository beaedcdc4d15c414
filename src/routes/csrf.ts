import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'
import { bearerOf } from './guards.ts'

/**
 * Refuses what a page of another site sends with the visitor's cookies, or to plant ours (ASVS 3.5.1; log-in CSRF), by
 * the rule of Go's `http.CrossOriginProtection`. A request with a genuine access token in its header is outside it as
 * long as no cookie is read: no page can add that header to another site's request without CORS's leave. Other schemes are
 * inside: a browser adds Basic and its like by itself, where something on this host once asked for them.
 */
export const csrf = createMiddleware<AppEnv>(async (c, next) => {
  if (isUnsafe(c) && !isTrusted(c)) {
    const refusal = crossSite(c)
    if (!(await hasGenuineBearer(c))) throw refusal
    c.set('ifCookieRead', refusal)
  }
  await next()
})

/** Whether the method is one that changes something (RFC 9110 §9.2.1). */
export const isUnsafe = (c: Context<AppEnv>) => !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)

/**
 * What a browser says of the page decides: all send `Origin` with a POST, and `Sec-Fetch-Site` since 2023. Neither of
 * them: no browser. No page can set or leave out either.
 */
const isTrusted = (c: Context<AppEnv>) => {
  const origin = c.req.header('Origin')
  const site = c.req.header('Sec-Fetch-Site')
  if (site === 'same-origin' || site === 'none') return true
  if (origin === undefined) return site === undefined
  return c.var.services.settings.origins.has(origin)
}

const hasGenuineBearer = async (c: Context<AppEnv>) => {
  const { accessTokens, now } = c.var.services
  const token = bearerOf(c)
  return token !== undefined && (await accessTokens.read(token, now())) !== undefined
}

/** Names the origin that was sent, so that whoever runs the site sees which one to allow. It is shown if it looks like one. */
const crossSite = (c: Context<AppEnv>) => {
  const origin = c.req.header('Origin') ?? ''
  if (!/^(?:null|[a-z][a-z0-9+.-]{0,30}:\/\/[a-z0-9.:_[\]-]{1,253})$/i.test(origin)) return new AuthError('cross_site')
  return new AuthError('cross_site', {
    detail: `This request comes from the origin ${origin}, which is not allowed.`,
  })
}

/**
 * A log-out by GET, which cannot show by an `Origin` that a link of ours was followed: there its Referer does. What
 * comes from another site is refused, and from another host of this one unless its origin is trusted.
 */
export const byOwnLink = createMiddleware<AppEnv>(async (c, next) => {
  const site = c.req.header('Sec-Fetch-Site')
  const referer = c.req.header('Referer') ?? ''
  const ours =
    isTrusted(c) ||
    (site === 'same-site' &&
      c.req.header('Origin') === undefined &&
      URL.canParse(referer) &&
      c.var.services.settings.origins.has(new URL(referer).origin))
  if (site === 'cross-site' || !ours) throw crossSite(c)
  await next()
})
