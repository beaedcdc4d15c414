import { defineMiddleware, sequence } from 'astro:middleware'
import { env } from 'cloudflare:workers'
import { unexpected } from './lib/expected.ts'
import { forward } from './lib/gatehouse.ts'
import { behindLogIn } from './lib/pages.ts'
import { recognize } from './lib/visitor.ts'

const apiUrl = env.PUBLIC_API_URL

/**
 * Forwards `/api/*` to the service, unless browsers call the service directly: then this site has none of their
 * cookies.
 */
const proxy = defineMiddleware(async (context, next) => {
  const { pathname } = context.url
  if (apiUrl || (pathname !== '/api' && !pathname.startsWith('/api/'))) return next()
  return (await unexpected(context.request)) ?? forward(context.request, context.clientAddress)
})

/**
 * Determines the visitor on every page. Pages of the account require a log-in, and those of admins the role. That only
 * keeps visitors from seeing an empty page: the service protects the data and checks every request.
 */
const guard = defineMiddleware(async (context, next) => {
  const { url, request } = context
  context.locals.visitor = undefined
  // Password managers look here for the page that changes a password (W3C, "A Well-Known URL for Changing Passwords").
  if (url.pathname === '/.well-known/change-password') return context.redirect('/account/security')
  if (apiUrl) return next()
  const { visitor, cookies, unknown } = await recognize(request, context.clientAddress)
  context.locals.visitor = visitor
  const answer = () => {
    if (!behindLogIn(url.pathname)) return next()
    if (unknown) return next('/unavailable')
    if (!visitor) return context.redirect(`/login?next=${encodeURIComponent(url.pathname + url.search)}`)
    return url.pathname.startsWith('/admin') && visitor.role !== 'admin' ? next('/404') : next()
  }
  const response = await answer()
  const own = new Response(response.body, response)
  for (const cookie of cookies) own.headers.append('Set-Cookie', cookie)
  own.headers.set('Cache-Control', 'private, no-store')
  return own
})

/** The development server needs inline scripts and styles. */
const policy = () =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' blob: data: https: ${apiUrl || env.GATEHOUSE_ISSUER}`,
    `connect-src 'self' ${apiUrl || ''}`.trim(),
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const secured = defineMiddleware(async (context, next) => {
  const response = await next()
  if (context.url.pathname.startsWith('/api/')) return response
  const { headers } = response
  headers.set('X-Content-Type-Options', 'nosniff')
  // With `no-referrer` a form's `Origin` would be `null` (Fetch standard), which tells the service nothing.
  headers.set('Referrer-Policy', 'same-origin')
  headers.set('Cross-Origin-Opener-Policy', 'same-origin')
  // RFC 6797: after one visit, browsers use https only. Not for localhost, and not for other hosts of the domain.
  if (context.url.protocol === 'https:') headers.set('Strict-Transport-Security', 'max-age=31536000')
  if (import.meta.env.PROD) headers.set('Content-Security-Policy', policy())
  return response
})

export const onRequest = sequence(secured, proxy, guard)
