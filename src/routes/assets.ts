import type { Context } from 'hono'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'

/** The placeholder for the deployment's URL in the OpenAPI document as it is built. */
export const documentOrigin = 'https://auth.example.com'

type Served = {
  /** Its Content-Security-Policy. */
  policy?: string
  /** The ETag of the client's copy. */
  known?: string
}

/**
 * Serves a file that the build put into public/, with the headers of this service. A client's copy is validated by its
 * ETag (304); range requests are not supported. Redirects by the assets binding (`/docs/index.html` to `/docs/`) count
 * as not found, so that each file has one URL.
 */
export const asset = async (
  c: Context<AppEnv>,
  path: string,
  { policy, known = c.req.header('If-None-Match') }: Served = {},
) => {
  const url = new URL(path, c.req.url)
  // A path that URL parsing changes (`..%5C`, a tab within `..`) would lead to a file that belongs to another route.
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
 * Serves the OpenAPI document with this deployment's URL in it, so that a tool that has only the file knows where to
 * send requests. The URL comes from the settings, since a request's Host header can be forged. It is part of the ETag;
 * otherwise a client's copy would outlive a change of the URL.
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
