import type { Context, Next } from 'hono'
import type { AppEnv } from '../env.ts'
import { cookiesSignIn, readCookie, writeCookie } from './cookies.ts'

export const bookmarkHeader = 'Gatehouse-Bookmark'

/** In place of a bookmark: the primary and nothing else, for whom a session that ended a moment ago must not pass. */
const primary = 'primary'

/** What a replica may answer: what a client asks for all the time, and what nobody loses by who reads it a moment late. */
const near = new Set(['/api/user/profile', '/api/user/sessions'])

const reads = (c: Context<AppEnv>) => c.req.method === 'GET' || c.req.method === 'HEAD'

/**
 * Lets replicas answer, under REPLICA_READS. A write leaves a bookmark with the client, in a header and, where cookies
 * sign it in, in a cookie; who brings it back reads what it wrote. A read leaves none: of two replies that cross, the
 * older would replace the newer. A bookmark that does not hold is no fault: the primary answers.
 */
export const replicaReads = async (c: Context<AppEnv>, next: Next) => {
  const { bookmarks, settings } = c.var.services
  if (!bookmarks || !c.req.path.startsWith('/api/')) return next()
  const written = await bookmarks.during(await readsFrom(c), next)
  const { headers } = c.res
  if (headers.has('Access-Control-Allow-Origin')) headers.append('Access-Control-Expose-Headers', bookmarkHeader)
  const signedIn = cookiesSignIn(c)
  if (signedIn === false) return writeCookie(c, 'bookmark', '', 0)
  if (written === null || reads(c) || !c.res.ok) return
  const sealed = await bookmarks.seal(written)
  c.header(bookmarkHeader, sealed)
  if (signedIn) writeCookie(c, 'bookmark', sealed, settings.accessTokenSeconds)
}

const readsFrom = async (c: Context<AppEnv>) => {
  if (!reads(c) || !near.has(c.req.path)) return
  const given = c.req.header(bookmarkHeader) ?? readCookie(c, 'bookmark')
  if (given === undefined) return 'any replica'
  const bookmark = given === primary ? undefined : await c.var.services.bookmarks?.open(given)
  return bookmark === undefined ? undefined : { bookmark }
}
