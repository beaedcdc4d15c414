import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../env.ts'

/** On every reply, errors and documents alike, unless the reply has a value of its own. In small letters, as `Headers` lists them. */
const defaults = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

const entries = Object.entries(defaults)

/** What every reply depends on besides its address: CORS has its say for each origin. */
const varies = ['Origin']

/** And those of the API: never to be shared by a cache between two visitors. */
const variesByVisitor = ['Authorization', 'Cookie', ...varies]

export const headers = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  const { headers } = c.res
  const own = new Set(headers.keys())
  for (const [name, value] of entries) if (!own.has(name)) headers.set(name, value)
  headers.set('X-Request-Id', c.var.requestId)
  const isApi = c.req.path.startsWith('/api/')
  const always = isApi ? variesByVisitor : varies
  const named = own.has('vary')
    ? headers
        .get('Vary')!
        .split(/,\s*/)
        .filter((name) => !always.includes(name))
    : []
  headers.set('Vary', [...always, ...named].join(', '))
  if (isApi) headers.set('Pragma', 'no-cache')
})
