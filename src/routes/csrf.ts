import { createMiddleware } from 'hono/factory'
import { AuthError } from '../domain/errors.ts'
import type { AppContext, AppEnv } from '../env.ts'
import { bearerOf } from './guards.ts'

/**
 * Refuses requests that a page of another site sends with the visitor's cookies, or sends to log the visitor in as
 * somebody else (CSRF and log-in CSRF; ASVS 3.5.1), by the rule of Go's `http.CrossOriginProtection`. A request with a
 * genuine bearer token is exempt as long as no cookie is read: no page can add the header `Authorization` to a
 * cross-site request without CORS's permission. Other schemes are not exempt: browsers send Basic credentials by
 * themselves once something on this host has asked for them.
 */
export const csrf = createMiddleware<AppEnv>(async (c, next) => {
  if (isUnsafe(c) && !isTrusted(c)) {
    const refusal = crossSite(c)
    if (!(await hasGenuineBearer(c))) throw refusal
    c.set('ifCookieRead', refusal)
  }
  await next()
})

/** Whether the method may change something (RFC 9110 §9.2.1). */
export const isUnsafe = (c: AppContext) => !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)

/**
 * Decides by what the browser says about the page: all browsers send `Origin` with a POST, and `Sec-Fetch-Site` since
 * 2023. A request with neither does not come from a browser. No page can set or remove either header.
 */
const isTrusted = (c: AppContext) => {
  const origin = c.req.header('Origin')
  const site = c.req.header('Sec-Fetch-Site')
  if (site === 'same-origin' || site === 'none') return true
  if (origin === undefined) return site === undefined
  return c.var.services.settings.origins.has(origin)
}

const hasGenuineBearer = async (c: AppContext) => {
  const { accessTokens, now } = c.var.services
  const token = bearerOf(c)
  return token !== undefined && (await accessTokens.read(token, now())) !== undefined
}

/**
 * Names the origin that was sent, so that the operator sees which one to allow. Only text in the form of an origin is
 * shown.
 */
const crossSite = (c: AppContext) => {
  const origin = c.req.header('Origin') ?? ''
  if (!/^(?:null|[a-z][a-z0-9+.-]{0,30}:\/\/[a-z0-9.:_[\]-]{1,253})$/i.test(origin)) return new AuthError('cross_site')
  return new AuthError('cross_site', {
    detail: `This request comes from the origin ${origin}, which is not allowed.`,
  })
}

/**
 * Guards a log-out by GET. Such a request has no `Origin`, so its Referer shows whether a link of ours was followed.
 * Requests from another site are refused, and so are those from another host of this site unless its origin is trusted.
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
