import { setCookie } from 'hono/cookie'
import type { AppContext } from '../env.ts'

type Name = 'token' | 'refresh_token' | 'device' | 'bookmark' | 'registered' | 'login' | 'lang' | 'theme' | 'trust'

/**
 * RFC 6265bis §4.1.3.2: a `__Host-` cookie is Secure and belongs to this host alone, so that no subdomain can plant
 * one.
 */
const nameOf = (c: AppContext, name: Name) => (c.var.services.settings.secure ? `__Host-${name}` : name)

/** Written by hand: a regular expression that trims would scan a run of spaces once for each of its characters. */
const trimmed = (text: string) => {
  const isBlank = (at: number) => text[at] === ' ' || text[at] === '\t'
  let from = 0
  let to = text.length
  while (from < to && isBlank(from)) from++
  while (to > from && isBlank(to - 1)) to--
  return text.slice(from, to)
}

/** Only the bytes 0x20 and 0x09 are trimmed: trimming other spaces could turn another cookie's name into ours. */
const valuesOf = (c: AppContext, name: Name): string[] => {
  const wanted = nameOf(c, name)
  return (c.req.header('Cookie') ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    const value = trimmed(pair.slice(equals + 1))
    return equals >= 0 && value !== '' && trimmed(pair.slice(0, equals)) === wanted ? [value] : []
  })
}

/** Returns the value of one of our cookies. Undefined if there is none, or two: then one of them was planted. */
const cookieOf = (c: AppContext, name: Name): string | undefined => {
  const values = valuesOf(c, name)
  return values.length === 1 ? values[0] : undefined
}

const count = (c: AppContext, name: Name) => valuesOf(c, name).length

/**
 * Returns a cookie that the request acts on. Throws if the request passed the cross-site rule by its bearer token
 * alone.
 */
export const readCookie = (c: AppContext, name: Name): string | undefined => {
  const value = cookieOf(c, name)
  if (value !== undefined && c.var.ifCookieRead) throw c.var.ifCookieRead
  return value
}

/** @param maxAge in seconds; without it the cookie lasts until the browser closes */
export const writeCookie = (c: AppContext, name: Name, value: string, maxAge?: number) => {
  const { secure } = c.var.services.settings
  setCookie(c, nameOf(c, name), value, { httpOnly: true, path: '/', sameSite: 'Lax', secure, maxAge })
}

/**
 * Whether this reply leaves the browser signed in by cookies. False if the reply signs it out; undefined if cookies
 * play no part.
 */
export const cookiesSignIn = (c: AppContext): boolean | undefined => {
  const set = c.res.headers.getSetCookie().findLast((line) => line.startsWith(`${nameOf(c, 'token')}=`))
  if (set !== undefined) return !set.includes('; Max-Age=0;')
  return cookieOf(c, 'token') === undefined ? undefined : true
}

/**
 * Expires the access token's cookie after a refused refresh; otherwise servers that only verify that token would still
 * consider its holder signed in. The refresh token's cookie stays: while the refusal was on its way, a log-in in
 * another tab may have replaced this cookie. If the request has two of them, one was planted. `readCookie` then returns
 * neither, so all cookies with tokens expire.
 */
export const expireRefused = (c: AppContext) => {
  if (count(c, 'refresh_token') > 1) expireCookies(c)
  else if (count(c, 'refresh_token') + count(c, 'token') > 0) writeCookie(c, 'token', '', 0)
}

/** Expires the cookies with tokens. The device stays known. */
export const expireCookies = (c: AppContext) => {
  writeCookie(c, 'token', '', 0)
  writeCookie(c, 'refresh_token', '', 0)
}
