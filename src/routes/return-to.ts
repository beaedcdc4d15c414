import { getPath } from 'hono/utils/url'
import { canonicalPath } from '../aliases.ts'
import type { Settings } from '../settings.ts'

/** A host that never resolves (RFC 6761 §6.4). A URL that still has it after parsing named no other host. */
const nowhere = 'https://site.invalid'

/**
 * Returns where a visitor goes after the log-in: a path on the host that the visitor sees, or a URL of one of the
 * listed sites. Anybody can write `asked`, so any other address gives an empty text. Operations are refused, since one
 * of them logs out.
 */
export const returnTo = (asked: string | undefined, { returnOrigins }: Settings): string => {
  if (!asked || !URL.canParse(asked, nowhere)) return ''
  const url = new URL(asked, nowhere)
  const here = url.origin === nowhere
  // The origin of a `blob:` URL is that of the page that made it.
  if (!url.protocol.startsWith('http') || url.username || url.password) return ''
  if (!here && !returnOrigins.has(url.origin)) return ''
  // `/.//host` becomes `//host`, which names another host.
  if (url.pathname.startsWith('//') || canonicalPath(getPath({ url: url.href } as Request)).startsWith('/api'))
    return ''
  return here ? url.pathname + url.search + url.hash : url.href
}
