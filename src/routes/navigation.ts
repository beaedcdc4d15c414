import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { getPath } from 'hono/utils/url'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'

/** What browsers and libraries of pages say when they fetch ahead: Turbo has the fourth, older Firefox the last. */
const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Sec-Purpose', 'X-Moz']

/** Next's, for links that are on the screen or under the pointer. Being there is what they say. */
const ofNext = ['Next-Router-Prefetch', 'Next-Router-Segment-Prefetch', 'X-Middleware-Prefetch']

const fetchesAhead = (c: Context) =>
  purposes.some((name) => /prefetch|prerender|preload|preview/i.test(c.req.header(name) ?? '')) ||
  ofNext.some((name) => c.req.header(name) !== undefined)

/** Whether the browser wants a page or a script asks; an image, a frame or a font is nobody's wish to act. */
const isAskedFor = (c: Context) => ['document', 'empty'].includes(c.req.header('Sec-Fetch-Dest') ?? 'empty')

/** For a GET that acts: not for HEAD, not for what is fetched ahead of a click, and not for a part of a page. */
export const ignorePrefetch = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.method === 'HEAD' || fetchesAhead(c) || !isAskedFor(c))
    return c.body(null, 204, { 'Cache-Control': 'no-store' })
  await next()
})

/**
 * Whether a person's browser asks. A client that takes anything is not a browser: `text/html` must be named (RFC 9110 §12.5.1).
 * Says of the reply that it depends on this.
 */
export const wantsHtml = (c: Context<AppEnv>): boolean => {
  c.header('Vary', 'Accept', { append: true })
  return /\btext\/html\b/i.test(c.req.header('Accept') ?? '')
}

/** The paths of pages: `/account` has others, and what older services kept there answers as they did, browser or not. */
export const wantsPage = (c: Context<AppEnv>): boolean => wantsHtml(c) && !getPath(c.req.raw).startsWith('/account/')

/** Whether a person's browser was led to an address, by a click or by typing it. */
export const isVisit = (c: Context<AppEnv>): boolean =>
  (c.req.method === 'GET' || c.req.method === 'HEAD') && wantsHtml(c)

/** For a page: other clients find nothing here. */
export const htmlOnly = createMiddleware<AppEnv>(async (c, next) => {
  if (!wantsPage(c)) throw new AuthError('not_found')
  await next()
})
