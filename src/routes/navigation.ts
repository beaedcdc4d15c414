import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { getPath } from 'hono/utils/url'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'

/** Headers by which browsers and page libraries announce a prefetch: the fourth by Turbo, the last by older Firefox. */
const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Sec-Purpose', 'X-Moz']

/** Next.js sends these for links on the screen or under the pointer. Their presence is the signal. */
const ofNext = ['Next-Router-Prefetch', 'Next-Router-Segment-Prefetch', 'X-Middleware-Prefetch']

const fetchesAhead = (c: Context) =>
  purposes.some((name) => /prefetch|prerender|preload|preview/i.test(c.req.header(name) ?? '')) ||
  ofNext.some((name) => c.req.header(name) !== undefined)

/**
 * Whether somebody may have asked for this: the browser requests a page, or a script sends the request. Nobody acts by
 * loading an image, a frame or a font.
 */
const isAskedFor = (c: Context) => ['document', 'empty'].includes(c.req.header('Sec-Fetch-Dest') ?? 'empty')

/** Guards a GET that acts: it ignores HEAD, prefetches, and requests for parts of a page. */
export const ignorePrefetch = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.method === 'HEAD' || fetchesAhead(c) || !isAskedFor(c))
    return c.body(null, 204, { 'Cache-Control': 'no-store' })
  await next()
})

/**
 * Whether the client is a browser, which names `text/html`; a wildcard does not count (RFC 9110 §12.5.1). Adds
 * `Vary: Accept` to the reply.
 */
export const wantsHtml = (c: Context<AppEnv>): boolean => {
  c.header('Vary', 'Accept', { append: true })
  return /\btext\/html\b/i.test(c.req.header('Accept') ?? '')
}

/**
 * Whether an operation answers with a page. Operations below `/account` belong to older services' APIs, which answered
 * browsers without a page, and still do the same.
 */
export const wantsPage = (c: Context<AppEnv>): boolean => wantsHtml(c) && !getPath(c.req.raw).startsWith('/account/')

/** Whether a browser was led to a URL by a click or by typing it. */
export const isVisit = (c: Context<AppEnv>): boolean =>
  (c.req.method === 'GET' || c.req.method === 'HEAD') && wantsHtml(c)

/** Guards a page for browsers: other clients get 404. */
export const htmlOnly = createMiddleware<AppEnv>(async (c, next) => {
  if (!wantsPage(c)) throw new AuthError('not_found')
  await next()
})
