import type { Context, Next } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../env.ts'
import { cookiesSignIn, readCookie, writeCookie } from './cookies.ts'

export const bookmarkHeader = 'Gatehouse-Bookmark'

/**
 * Sent instead of a bookmark by clients that must not accept a session that has just ended: only the primary may
 * answer.
 */
const primary = 'primary'

const reads = (c: Context<AppEnv>) => c.req.method === 'GET' || c.req.method === 'HEAD'

/**
 * Under REPLICA_READS, the reply to a write contains a bookmark: in a header and, if cookies sign the client in, in a
 * cookie. A client that sends it back to an operation with `nearestReplica` reads its own write. A read returns no
 * bookmark: if two replies crossed, the older bookmark would replace the newer one. An invalid bookmark is ignored, and
 * the primary answers.
 */
export const replicaReads = async (c: Context<AppEnv>, next: Next) => {
  const { bookmarks, settings } = c.get('services')
  if (!bookmarks || !c.req.path.startsWith('/api/')) return next()
  const written = await bookmarks.during(undefined, next)
  const { headers } = c.res
  if (headers.has('Access-Control-Allow-Origin')) headers.append('Access-Control-Expose-Headers', bookmarkHeader)
  const signedIn = cookiesSignIn(c)
  if (signedIn === false) return writeCookie(c, 'bookmark', '', 0)
  if (written === null || reads(c) || !c.res.ok) return
  const sealed = await bookmarks.seal(written)
  c.header(bookmarkHeader, sealed)
  if (signedIn) writeCookie(c, 'bookmark', sealed, settings.accessTokenSeconds)
}

/**
 * Lets the nearest replica answer this read. Only for reads that are frequent and harmless if slightly stale; the
 * primary answers all others.
 */
export const nearestReplica = createMiddleware<AppEnv>(async (c, next) => {
  const { bookmarks } = c.get('services')
  await (bookmarks ? bookmarks.during(await readsFrom(c), next) : next())
})

const readsFrom = async (c: Context<AppEnv>) => {
  const given = c.req.header(bookmarkHeader) ?? readCookie(c, 'bookmark')
  if (given === undefined) return 'any replica'
  const bookmark = given === primary ? undefined : await c.get('services').bookmarks?.open(given)
  return bookmark === undefined ? undefined : { bookmark }
}
