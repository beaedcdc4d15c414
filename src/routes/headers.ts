import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../env.ts'

/** On every reply, errors and documents alike. */
const always = Object.entries({
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
})

/** On every reply that has no value of its own. */
const defaults = Object.entries({
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
})

/** What every reply depends on besides its address: CORS has its say for each origin. */
const varies = ['Origin']

/** And those of the API: never to be shared by a cache between two visitors. */
const variesByVisitor = ['Authorization', 'Cookie', ...varies]

export const headers = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  const { headers } = c.res
  for (const [name, value] of always) headers.set(name, value)
  for (const [name, value] of defaults) if (!headers.has(name)) headers.set(name, value)
  headers.set('X-Request-Id', c.var.requestId)
  const isApi = c.req.path.startsWith('/api/')
  const names = isApi ? variesByVisitor : varies
  const own = headers.get('Vary')?.split(/,\s*/) ?? []
  headers.set('Vary', [...names, ...own.filter((name) => !names.includes(name))].join(', '))
  if (isApi) headers.set('Pragma', 'no-cache')
})
