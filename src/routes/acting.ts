import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'

/** For a GET that acts: not for HEAD, and not for a browser that fetches ahead what nobody has clicked. */
export const onlyWhenMeant = createMiddleware<AppEnv>(async (c, next) => {
  const ahead = /prefetch|prerender/i.test(`${c.req.header('Sec-Purpose') ?? ''} ${c.req.header('Purpose') ?? ''}`)
  if (c.req.method === 'HEAD' || ahead) return c.body(null, 204, { 'Cache-Control': 'no-store' })
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

/** For a page: other clients find nothing here. */
export const browsersOnly = createMiddleware<AppEnv>(async (c, next) => {
  if (!wantsHtml(c)) throw new AuthError('not_found')
  await next()
})
