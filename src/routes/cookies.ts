import type { Context } from 'hono'
import { setCookie } from 'hono/cookie'
import type { AppEnv } from '../env.ts'

type Name = 'token' | 'refresh_token' | 'device' | 'bookmark' | 'registered'

/** RFC 6265bis §4.1.3.2: a `__Host-` cookie is Secure, for this host alone, and no subdomain can plant one. */
const nameOf = (c: Context<AppEnv>, name: Name) => (c.var.services.settings.secure ? `__Host-${name}` : name)

/** By hand: a regular expression that trims goes over a run of spaces once for each of them. */
const trimmed = (text: string) => {
  const isBlank = (at: number) => text[at] === ' ' || text[at] === '\t'
  let from = 0
  let to = text.length
  while (from < to && isBlank(from)) from++
  while (to > from && isBlank(to - 1)) to--
  return text.slice(from, to)
}

/** Only the bytes 0x20 and 0x09 part names from values here; other spaces would let a name pass for ours. */
const valuesOf = (c: Context<AppEnv>, name: Name): string[] => {
  const wanted = nameOf(c, name)
  return (c.req.header('Cookie') ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    const value = trimmed(pair.slice(equals + 1))
    return equals >= 0 && value !== '' && trimmed(pair.slice(0, equals)) === wanted ? [value] : []
  })
}

/** The value of one of our cookies. Undefined where there is none, and where there are two: then one of them was planted. */
const cookieOf = (c: Context<AppEnv>, name: Name): string | undefined => {
  const values = valuesOf(c, name)
  return values.length === 1 ? values[0] : undefined
}

const count = (c: Context<AppEnv>, name: Name) => valuesOf(c, name).length

/** The same, for whoever acts on it: a request that passed the cross-site rule by its bearer alone has to do without. */
export const readCookie = (c: Context<AppEnv>, name: Name): string | undefined => {
  const value = cookieOf(c, name)
  if (value !== undefined && c.var.ifCookieRead) throw c.var.ifCookieRead
  return value
}

/** @param maxAge seconds; left out, the cookie goes with the browser */
export const writeCookie = (c: Context<AppEnv>, name: Name, value: string, maxAge?: number) => {
  const { secure } = c.var.services.settings
  setCookie(c, nameOf(c, name), value, { httpOnly: true, path: '/', sameSite: 'Lax', secure, maxAge })
}

/**
 * Whether the browser that gets this reply is signed in by cookies afterwards. False where the reply signs it out;
 * undefined where cookies have no part in it.
 */
export const cookiesSignIn = (c: Context<AppEnv>): boolean | undefined => {
  const set = c.res.headers.getSetCookie().findLast((line) => line.startsWith(`${nameOf(c, 'token')}=`))
  if (set !== undefined) return !set.includes('; Max-Age=0;')
  return cookieOf(c, 'token') === undefined ? undefined : true
}

/**
 * After a refused refresh. The access token goes, or servers that only verify it would go on to take its holder for signed
 * in. The refresh token stays: a refusal that comes late finds that of a log-in in another tab, which gets a new access
 * token by it. Where it came twice, one was planted and neither is read before both are gone.
 */
export const expireRefused = (c: Context<AppEnv>) => {
  if (count(c, 'refresh_token') > 1) expireCookies(c)
  else if (count(c, 'refresh_token') + count(c, 'token') > 0) writeCookie(c, 'token', '', 0)
}

/** Those with tokens. The device stays known. */
export const expireCookies = (c: Context<AppEnv>) => {
  writeCookie(c, 'token', '', 0)
  writeCookie(c, 'refresh_token', '', 0)
}
