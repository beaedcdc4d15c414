import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { accepted } from '../domain/languages.ts'
import type { Visitor } from '../domain/model.ts'
import type { AppEnv } from '../env.ts'

/** Characters of a user agent that are stored: browsers send about 150, but anybody can send any number. */
const longestUserAgent = 256

/**
 * Returns who sent a request, and from where. Only `CF-Connecting-IP` is trusted, which Cloudflare sets and nobody else
 * can; a front end that knows PROXY_KEY may name its visitor instead. Every other forwarding header can be forged (ASVS
 * 4.1.3).
 */
export const visitorOf = (c: Context<AppEnv>): Visitor => {
  const proxied = isProxy(c)
  const ip = (proxied ? c.req.header('Gatehouse-Client-IP') : c.req.header('CF-Connecting-IP')) ?? null
  // The runtime parses all of `cf` at the first access.
  const place = () => (proxied ? undefined : (c.req.raw.cf as IncomingRequestCfProperties | undefined))
  // The getters are for what few requests need.
  return {
    ip,
    get networks() {
      return networksOf(ip)
    },
    get city() {
      return place()?.city ?? null
    },
    get country() {
      return place()?.country ?? null
    },
    userAgent: c.req.header('User-Agent')?.slice(0, longestUserAgent) ?? null,
    get language() {
      return accepted(c.req.header('Accept-Language')) ?? null
    },
  }
}

/** Determines the visitor once, for whatever counts or records requests. */
export const visitor = createMiddleware<AppEnv>(async (c, next) => {
  c.set('visitor', visitorOf(c))
  await next()
})

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

/**
 * Returns the eight groups of an IPv6 address as numbers; undefined for anything else. The URL parser reads every form.
 */
const groupsOf = (ip: string): number[] | undefined => {
  const url = /^[0-9a-f:.]+$/i.test(ip) && URL.canParse(`http://[${ip}]`) ? new URL(`http://[${ip}]`) : undefined
  if (!url) return
  // The parser returns the shortest form, which has at most one `::`.
  const [head = [], tail = []] = url.hostname
    .slice(1, -1)
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':')))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16))
}

/** A subscriber has at least a /64 and often a /48, so counting single IPv6 addresses would be useless. */
const networksOf = (ip: string | null): Visitor['networks'] => {
  if (ip && ipv4.test(ip)) return [{ key: ip, factor: 1 }]
  const groups = ip ? groupsOf(ip) : undefined
  if (!groups) return [{ key: 'unknown', factor: 1 }]
  const [high = 0, low = 0] = groups.slice(6)
  // RFC 4291 §2.5.5.2: an IPv4 address mapped to IPv6.
  if (groups.slice(0, 6).join() === '0,0,0,0,0,65535')
    return [{ key: [high >> 8, high & 255, low >> 8, low & 255].join('.'), factor: 1 }]
  const hex = groups.map((group) => group.toString(16))
  return [
    { key: `${hex.slice(0, 4).join(':')}::/64`, factor: 1 },
    { key: `${hex.slice(0, 3).join(':')}::/48`, factor: 10 },
  ]
}

const utf8 = new TextEncoder()

const isProxy = (c: Context<AppEnv>) => {
  const expected = c.get('services').settings.proxyKey
  const given = c.req.header('Gatehouse-Proxy-Key')
  if (!expected || !given) return false
  const [a, b] = [utf8.encode(expected), utf8.encode(given)]
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b)
}
