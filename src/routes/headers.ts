import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../env.ts'

/** Headers of every reply, including errors and documents. */
const always = Object.entries({
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
})

/** Headers of every reply that does not set them itself. */
const defaults = Object.entries({
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
})

/**
 * The request headers that a reply depends on, because CORS answers each origin differently. Public replies
 * (`forEveryOrigin`) do not depend on them.
 */
const varies = ['Origin']

/** The same for the API. Caches must never share its replies between visitors. */
const variesByVisitor = ['Authorization', 'Cookie', ...varies]

/**
 * Marks a public reply: pages of any origin may read and show it, without credentials. Every answer carries these
 * headers, even 304 and refusals, because a cache replaces stored headers with those of a 304 (RFC 9111 §3.2). So no
 * public reply varies by origin.
 */
export const forEveryOrigin = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  const { headers } = c.res
  headers.set('Access-Control-Allow-Origin', '*')
  headers.delete('Access-Control-Allow-Credentials')
  headers.set('Cross-Origin-Resource-Policy', 'cross-origin')
})

export const headers = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  const { headers } = c.res
  for (const [name, value] of always) headers.set(name, value)
  for (const [name, value] of defaults) if (!headers.has(name)) headers.set(name, value)
  headers.set('X-Request-Id', c.get('requestId'))
  const isApi = c.req.path.startsWith('/api/')
  const forAll = headers.get('Access-Control-Allow-Origin') === '*'
  const names = isApi ? variesByVisitor : forAll ? [] : varies
  const own = (headers.get('Vary')?.split(/,\s*/) ?? []).filter((name) => !forAll || name !== 'Origin')
  const all = [...names, ...own.filter((name) => !names.includes(name))]
  if (all.length > 0) headers.set('Vary', all.join(', '))
  else headers.delete('Vary')
  if (isApi) headers.set('Pragma', 'no-cache')
})
