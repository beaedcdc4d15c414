import { defineMiddleware, sequence } from 'astro:middleware'
import { env } from 'cloudflare:workers'
import { unexpected } from './lib/expected.ts'
import { forward } from './lib/gatehouse.ts'
import { behindLogIn, isForwarded, isPageOfService } from './lib/pages.ts'
import { recognize } from './lib/visitor.ts'

const apiUrl = env.PUBLIC_API_URL

/**
 * Forwards the API and the pages of the service, unless browsers call the service directly: then this site has none of
 * their cookies. A person who asked for a page gets a page even if the service does not answer.
 */
const proxy = defineMiddleware(async (context, next) => {
  const { request, url } = context
  if (apiUrl || !isForwarded(request.method, url.pathname)) return next()
  const reply = (await unexpected(request)) ?? (await forward(request, context.clientAddress))
  const navigates = isPageOfService(url.pathname) && request.headers.get('Accept')?.includes('text/html')
  return reply.status === 503 && navigates ? next('/unavailable') : reply
})

/**
 * Determines the visitor on every page of this site. Pages for members require a log-in. That only keeps visitors from
 * seeing an empty page: the service protects the data and checks every request.
 */
const guard = defineMiddleware(async (context, next) => {
  const { url, request } = context
  context.locals.visitor = undefined
  // Links to the console in the pages of the service are relative. The cookies of this site mean nothing there.
  if (url.pathname === '/console') return context.redirect(`${env.GATEHOUSE_ISSUER}/console`)
  if (apiUrl) return next()
  const { visitor, cookies, unknown } = await recognize(request, context.clientAddress)
  context.locals.visitor = visitor
  const answer = () => {
    if (!behindLogIn(url.pathname)) return next()
    if (unknown) return next('/unavailable')
    // The service decides where `return_to` may lead.
    return visitor ? next() : context.redirect(`/sign-in?return_to=${encodeURIComponent(url.pathname + url.search)}`)
  }
  const response = await answer()
  const own = new Response(response.body, response)
  for (const cookie of cookies) own.headers.append('Set-Cookie', cookie)
  own.headers.set('Cache-Control', 'private, no-store')
  return own
})

/** The policy of the built site. The development server has none, because it needs inline scripts and styles. */
const policy = () =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${apiUrl || ''}`.trim(),
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const secured = defineMiddleware(async (context, next) => {
  const response = await next()
  const { headers } = response
  // A reply of the service. Its policy is stricter than this one.
  if (headers.has('Content-Security-Policy')) return response
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
