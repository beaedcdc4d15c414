import type { Context } from 'hono'
import ipaddr from 'ipaddr.js'
import type { Visitor } from '../domain/ports.ts'
import type { AppEnv } from '../env.ts'

/**
 * Who asks. Only `CF-Connecting-IP` is believed, which Cloudflare sets and nobody else can; a site in front that knows
 * PROXY_KEY may name its visitor instead. Every other forwarding header is the visitor's own word (ASVS 4.1.3).
 */
export const visitorOf = (c: Context<AppEnv>): Visitor => {
  const proxied = isProxy(c)
  const ip = (proxied ? c.req.header('Gatehouse-Client-IP') : c.req.header('CF-Connecting-IP')) ?? null
  const place = proxied ? undefined : (c.req.raw.cf as IncomingRequestCfProperties | undefined)
  return {
    ip,
    networks: networksOf(ip),
    city: place?.city ?? null,
    country: place?.country ?? null,
    userAgent: c.req.header('User-Agent')?.slice(0, 400) ?? null,
  }
}

/** A subscriber has a /64 at least and often a /48, so that counting single IPv6 addresses would count nothing. */
const networksOf = (ip: string | null): Visitor['networks'] => {
  if (!ip || !ipaddr.isValid(ip)) return [{ key: 'unknown', factor: 1 }]
  const address = ipaddr.process(ip)
  if (address instanceof ipaddr.IPv4) return [{ key: address.toString(), factor: 1 }]
  const groups = address.parts.map((part) => part.toString(16))
  return [
    { key: `${groups.slice(0, 4).join(':')}::/64`, factor: 1 },
    { key: `${groups.slice(0, 3).join(':')}::/48`, factor: 10 },
  ]
}

const utf8 = new TextEncoder()

const isProxy = (c: Context<AppEnv>) => {
  const expected = c.var.services.settings.proxyKey
  const given = c.req.header('Gatehouse-Proxy-Key')
  if (!expected || !given) return false
  const [a, b] = [utf8.encode(expected), utf8.encode(given)]
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b)
}
