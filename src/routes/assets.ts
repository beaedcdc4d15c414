import type { Context } from 'hono'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'

/**
 * A file that the build put into public/, under the headers of this service. A copy that the client has is asked for by its ETag
 * (304); ranges are not passed on. The assets' own redirects (`/docs/index.html` to `/docs/`) count as not found: each file has one address.
 */
export const asset = async (c: Context<AppEnv>, path: string, policy?: string) => {
  const url = new URL(path, c.req.url)
  // What a URL makes something else of (`..%5C`, a tab within `..`) would lead to a file that another route decides about.
  if (url.pathname !== path) throw new AuthError('not_found')
  const known = c.req.header('If-None-Match')
  const request = new Request(url, {
    method: c.req.method,
    redirect: 'manual',
    headers: known === undefined ? {} : { 'If-None-Match': known },
  })
  const found = await c.env.ASSETS.fetch(request)
  if (found.status !== 200 && found.status !== 304) throw new AuthError('not_found')
  const reply = new Response(found.body, found)
  if (policy) reply.headers.set('Content-Security-Policy', policy)
  return reply
}
