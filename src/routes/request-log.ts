import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { RouterRoute } from 'hono/types'
import type { AppEnv } from '../env.ts'
import { elapsed, type Meter, millisecondsOf, newMeter, whenEnded, withMeter } from '../meter.ts'
import { createReporter, type Outcome } from '../report.ts'

/** Any other method is text chosen by the visitor and is not logged. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

const operations = new WeakMap<RouterRoute, string>()

/** Returns `GET /api/admin/users/{id}`: the route as in the OpenAPI document, without the visitor's values. */
const operationOf = (routes: RouterRoute[]): string => {
  // Middleware is registered for every method; the first of several routes answers.
  const route = routes.find(({ method }) => method !== 'ALL')
  if (!route) return 'none'
  let name = operations.get(route)
  if (name === undefined) {
    name = `${route.method} ${route.path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`
    operations.set(route, name)
  }
  return name
}

/** Returns the Server-Timing header (https://www.w3.org/TR/server-timing/), which a browser's network tab shows. */
const timing = (meter: Meter, ms: number) =>
  [
    `total;dur=${ms}`,
    ...Object.entries(millisecondsOf(meter)).map(([name, spent]) => `${name.replace('_ms', '')};dur=${spent}`),
    `trips;desc="${meter.trips}"`,
  ].join(', ')

/** For requests while the settings are invalid. */
const withoutSettings = createReporter('requests')

/**
 * Gives the request an id, measures its cost, and reports it when all its work has ended. It is the first middleware,
 * so that every reply is reported. Only developers see how long each part of a reply took, because those times would
 * reveal who has an account.
 */
export const requestLog = createMiddleware<AppEnv>(async (c, next) => {
  const requestId = c.req.header('CF-Ray') ?? crypto.randomUUID()
  c.set('requestId', requestId)
  const meter = newMeter(requestId)
  await withMeter(meter, next)
  const ms = elapsed(meter)
  const services = c.get('services')
  if (services?.settings.local) c.res.headers.set('Server-Timing', timing(meter, ms))
  const outcome: Outcome = {
    at: 'reply',
    operation: operationOf(matchedRoutes(c)),
    method: methods.has(c.req.method) ? c.req.method : 'other',
    status: c.res.status,
    code: c.get('code'),
    user: c.get('userId'),
    ms,
  }
  const report = services?.report ?? withoutSettings
  whenEnded(meter, () => report(meter, outcome))
})
