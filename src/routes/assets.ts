import type { Context } from 'hono'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'

/** Stands in the OpenAPI document, as it is built, for the address of the deployment. */
export const documentOrigin = 'https://auth.example.com'

type Served = {
  /** Its Content-Security-Policy. */
  policy?: string
  /** The ETag of the copy that the client has. */
  known?: string
}

/**
 * A file that the build put into public/, under the headers of this service. A copy that the client has is asked for by its ETag
 * (304); ranges are not passed on. The assets' own redirects (`/docs/index.html` to `/docs/`) count as not found: each file has one address.
 */
export const asset = async (
  c: Context<AppEnv>,
  path: string,
  { policy, known = c.req.header('If-None-Match') }: Served = {},
) => {
  const url = new URL(path, c.req.url)
  // What a URL makes something else of (`..%5C`, a tab within `..`) would lead to a file that another route decides about.
  if (url.pathname !== path) throw new AuthError('not_found')
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

/**
 * The OpenAPI document, with this deployment's address in it: a tool that has the file alone knows where to ask. It comes from
 * the settings, since anybody writes what a request says of its host. The ETag tells it too, or it would outlive a change.
 */
export const openApi = async (c: Context<AppEnv>) => {
  const { appUrl } = c.var.services.settings
  const mark = `@${appUrl}"`
  const known = c.req.header('If-None-Match')?.replaceAll(mark, '"')
  const reply = await asset(c, '/openapi.json', { known })
  const etag = reply.headers.get('ETag')
  if (etag) reply.headers.set('ETag', etag.replace(/"$/, mark))
  if (reply.status !== 200) return reply
  reply.headers.delete('Content-Length')
  return new Response((await reply.text()).replaceAll(documentOrigin, appUrl), reply)
}
