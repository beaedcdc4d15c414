import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { RouterRoute } from 'hono/types'
import type { AppEnv } from '../env.ts'
import { elapsed, type Meter, metered, millisecondsOf, newMeter, whenEnded } from '../meter.ts'
import { createReporter, type Outcome } from '../report.ts'

/** Anything else is the visitor's own word, and goes into no log. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

const operations = new WeakMap<RouterRoute, string>()

/** `GET /api/admin/users/{id}`: as the OpenAPI document has it, so without what the visitor put in its place. */
const operationOf = (routes: RouterRoute[]): string => {
  // Middleware stands for every method; of several routes the first answers.
  const route = routes.find(({ method }) => method !== 'ALL')
  if (!route) return 'none'
  let name = operations.get(route)
  if (name === undefined) {
    name = `${route.method} ${route.path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`
    operations.set(route, name)
  }
  return name
}

/** https://www.w3.org/TR/server-timing/: what the network tab of a browser shows. */
const timing = (meter: Meter, ms: number) =>
  [
    `total;dur=${ms}`,
    ...Object.entries(millisecondsOf(meter)).map(([name, spent]) => `${name.replace('_ms', '')};dur=${spent}`),
    `trips;desc="${meter.trips}"`,
  ].join(', ')

/** Where the settings cannot be read. */
const withoutSettings = createReporter('requests')

/**
 * Names the request, counts what it costs, and reports it once all that it caused has ended. First of all middleware, so
 * that every reply is reported. It says where a reply's time went only to a developer: others would learn who has an account.
 */
export const requestLog = createMiddleware<AppEnv>(async (c, next) => {
  const requestId = c.req.header('CF-Ray') ?? crypto.randomUUID()
  c.set('requestId', requestId)
  const meter = newMeter(requestId)
  await metered(meter, next)
  const ms = elapsed(meter)
  const { services } = c.var
  if (services?.settings.local) c.res.headers.set('Server-Timing', timing(meter, ms))
  const outcome: Outcome = {
    at: 'reply',
    operation: operationOf(matchedRoutes(c)),
    method: methods.has(c.req.method) ? c.req.method : 'other',
    status: c.res.status,
    code: c.var.code,
    user: c.var.principal?.userId ?? c.var.userId,
    ms,
  }
  const report = services?.report ?? withoutSettings
  whenEnded(meter, () => report(meter, outcome))
})
