import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import type { AppEnv } from '../env.ts'

const crossOrigin = cors({
  origin: (origin, c) => (c.get('services')?.settings.origins.has(origin) ? origin : null),
  credentials: true,
  exposeHeaders: ['Retry-After', 'X-Request-Id', 'WWW-Authenticate', 'Content-Disposition'],
  maxAge: 600,
})

/**
 * A request without `Origin` does not come from a page, and only pages need CORS. This check costs less than the
 * router.
 */
export const corsForBrowsers = createMiddleware<AppEnv>((c, next) =>
  c.req.header('Origin') === undefined && c.req.method !== 'OPTIONS' ? next() : crossOrigin(c, next),
)
