import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../env.ts'

/** On every reply, errors and documents alike, unless the reply has a value of its own. */
const defaults = {
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** What a reply depends on besides its address: never to be shared by a cache between two visitors. */
const varies = ['Authorization', 'Cookie', 'Origin']

export const headers = createMiddleware<AppEnv>(async (c, next) => {
  const requestId = c.req.header('CF-Ray') ?? crypto.randomUUID()
  c.set('requestId', requestId)
  await next()
  const { headers } = c.res
  for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value)
  headers.set('X-Request-Id', requestId)
  if (c.req.path.startsWith('/api/')) {
    const named = (headers.get('Vary') ?? '').split(/,\s*/).filter((name) => name && !varies.includes(name))
    headers.set('Vary', [...varies, ...named].join(', '))
    headers.set('Pragma', 'no-cache')
  }
})
