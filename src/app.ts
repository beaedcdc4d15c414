import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { getPath } from 'hono/utils/url'
import { canonicalPath } from './aliases.ts'
import { AuthError } from './domain/errors.ts'
import type { AppEnv } from './env.ts'
import { admin } from './routes/admin.ts'
import { auth } from './routes/auth.ts'
import { avatars, ownAvatar } from './routes/avatars.ts'
import { corsForBrowsers } from './routes/cors.ts'
import { csrf } from './routes/csrf.ts'
import { onError, problem } from './routes/errors.ts'
import { headers } from './routes/headers.ts'
import { createHealth } from './routes/health.ts'
import { isVisit } from './routes/navigation.ts'
import { nothingHerePage } from './routes/pages.ts'
import { replicaReads } from './routes/replica-reads.ts'
import { requestLog } from './routes/request-log.ts'
import { service } from './routes/service.ts'
import { ui } from './routes/ui.ts'
import { user } from './routes/user.ts'
import { limitBody } from './routes/validate.ts'
import { visitor } from './routes/visitor.ts'
import type { Services } from './services.ts'

/**
 * Creates the service as a Hono app: middleware, guards and mounts in the order in which a request meets them.
 * @param servicesFor creates the services from a request's bindings; throws if they are misconfigured
 */
export const createApp = (servicesFor: (env: Env) => Services) => {
  const app = new Hono<AppEnv>({ getPath: (request) => canonicalPath(getPath(request)) })

  const withServices = createMiddleware<AppEnv>(async (c, next) => {
    c.set('services', servicesFor(c.env))
    if (c.get('services').settings.secure && !c.req.url.startsWith('https:'))
      throw new AuthError('forbidden', { detail: 'This service requires https.' })
    await (c.get('services').bookmarks ? replicaReads(c, next) : next())
  })

  app.onError(onError)
  app.notFound((c) => (isVisit(c) ? nothingHerePage(c, 404) : problem(c, new AuthError('not_found'))))

  return app
    .use(requestLog, headers)
    .route('/', createHealth(servicesFor))
    .use(withServices, visitor)
    .use(corsForBrowsers)
    .use(
      methodNotAllowed({
        app,
        onMethodNotAllowed: (c, methods) => {
          const allow = { Allow: methods.join(', ') }
          return isVisit(c) ? nothingHerePage(c, 405, allow) : problem(c, new AuthError('method_not_allowed'), allow)
        },
      }),
    )
    .use('/api/*', csrf)
    .route('/api/user', ownAvatar)
    .use('/api/*', limitBody)
    .route('/api/auth', auth)
    .route('/api/user', user)
    .route('/api/admin', admin)
    .route('/avatars', avatars)
    .route('/', service)
    .route('/', ui)
}

/** The type for the typed client: `hc<App>(url)`. */
export type App = ReturnType<typeof createApp>
