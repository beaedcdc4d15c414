import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'
import { hasCookies } from './cookies.ts'

/**
 * Refuses what a page of another site sends with the visitor's cookies, or to plant ours (ASVS 3.5.1; log-in CSRF).
 * A browser says where a request comes from: `Origin` must be ours or allow-listed, and where it is missing
 * `Sec-Fetch-Site` must be `same-origin`. With cookies and neither header, the Referer must be ours. A request with a
 * bearer token is exempt: no page can add one to another site's request without CORS's leave. Other schemes are not:
 * a browser adds Basic and its like by itself, where something on this host once asked for them.
 */
export const notCrossSite = createMiddleware<AppEnv>(async (c, next) => {
  if (isUnsafe(c) && !isTrusted(c)) throw new AuthError('cross_site')
  await next()
})

/** Whether the method is one that changes something (RFC 9110 §9.2.1). */
export const isUnsafe = (c: Context<AppEnv>) => !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)

const isTrusted = (c: Context<AppEnv>) => {
  const { origins } = c.var.services.settings
  const origin = c.req.header('Origin')
  const site = c.req.header('Sec-Fetch-Site')
  if (/^Bearer /i.test(c.req.header('Authorization') ?? '')) return true
  if (origin !== undefined) return origins.has(origin)
  if (site !== undefined) return site === 'same-origin'
  if (!hasCookies(c)) return true
  const referer = c.req.header('Referer') ?? ''
  return URL.canParse(referer) && origins.has(new URL(referer).origin)
}
