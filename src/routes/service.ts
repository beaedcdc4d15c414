import type { Context } from 'hono'
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { version } from '../../package.json'
import { AuthError } from '../domain/errors.ts'
import { errorList } from '../domain/problems.ts'
import type { AppEnv } from '../env.ts'
import { asset, openApi } from './assets.ts'
import { shielded } from './guards.ts'
import { forEveryOrigin } from './headers.ts'
import { wantsHtml } from './navigation.ts'
import { page } from './pages.ts'
import { docsPolicy, redocPolicy } from './policies.ts'

/** Milliseconds that `/health/ready` waits for the database before it answers 503. */
const readyWithinMs = 1000

/** Admits requests for the documentation, unless `DOCS` is off. */
const documented = createMiddleware<AppEnv>(async (c, next) => {
  if (!c.var.services.settings.docs) throw new AuthError('not_found')
  await next()
})

const keptForMinutes = (c: Context<AppEnv>) => c.header('Cache-Control', 'public, max-age=300')

const sitesOfPasskeys = (c: Context<AppEnv>) => {
  const { passkeys } = c.var.services.settings
  if (!passkeys) throw new AuthError('not_found')
  return passkeys
}

const metadata = (c: Context<AppEnv>) => {
  const { appUrl, docs, tokenSubject } = c.var.services.settings
  return {
    issuer: appUrl,
    jwks_uri: `${appUrl}/.well-known/jwks.json`,
    // This is not an OAuth server: only the service's own sites log in. RFC 8414 §2: without this member, clients would
    // assume codes and implicit grants.
    grant_types_supported: [],
    response_types_supported: [],
    // `npm run deploy` and the doctor compare this with the setting that is about to be deployed.
    ...(tokenSubject !== 'id' && { gatehouse_token_subject: tokenSubject }),
    ...(docs && { service_documentation: `${appUrl}/docs` }),
  }
}

/** Information about the service: for people, monitors, and services that verify its tokens. */
export const service = new Hono<AppEnv>()
  .get('/', async (c) => {
    if (wantsHtml(c)) return page(c, 'index')
    const { appName, appUrl, docs } = c.var.services.settings
    const paths = {
      ...(docs && { docs: '/docs', redoc: '/redoc', openapi: '/openapi.json' }),
      errors: '/errors',
      health: '/health',
      jwks: '/.well-known/jwks.json',
    }
    const links = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, appUrl + path]))
    return c.json({ message: `${appName} is running.`, name: appName, version, links })
  })
  .get('/health/ready', forEveryOrigin, shielded, async (c) => {
    const late = scheduler.wait(readyWithinMs).then(() => false)
    if (!(await Promise.race([c.var.services.upkeep.ready(), late]))) throw new AuthError('dependency_unavailable')
    return c.json({ status: 'ready' as const })
  })
  .get('/errors', forEveryOrigin, async (c) => {
    if (wantsHtml(c)) return page(c, 'errors')
    return c.json({ errors: errorList() })
  })
  .get('/.well-known/jwks.json', forEveryOrigin, (c) => {
    keptForMinutes(c)
    return c.json({ keys: c.var.services.settings.signingKeys.map((key) => key.publicJwk) })
  })
  // W3C "A Well-Known URL for Changing Passwords": password managers send people here.
  .get('/.well-known/change-password', (c) =>
    c.redirect(`${c.var.services.settings.frontendUrl}/account/security`, 302),
  )
  // https://w3c.github.io/webappsec-passkey-endpoints: password managers send people here.
  .get('/.well-known/passkey-endpoints', (c) => {
    const { frontendUrl } = c.var.services.settings
    sitesOfPasskeys(c)
    const security = `${frontendUrl}/account/security`
    return c.json({ enroll: security, manage: security })
  })
  // WebAuthn Level 3 §5.11: sites that are not below the RP ID and may use its passkeys all the same.
  .get('/.well-known/webauthn', (c) => {
    const { related } = sitesOfPasskeys(c)
    keptForMinutes(c)
    return c.json({ origins: related })
  })
  .get('/.well-known/oauth-authorization-server', forEveryOrigin, (c) => {
    keptForMinutes(c)
    return c.json(metadata(c))
  })
  // For verifiers that find keys only here. Of the members that OpenID Connect requires, the document has those that
  // are true of this service.
  .get('/.well-known/openid-configuration', forEveryOrigin, (c) => {
    keptForMinutes(c)
    const { signingKeys } = c.var.services.settings
    return c.json({
      ...metadata(c),
      subject_types_supported: ['public' as const],
      id_token_signing_alg_values_supported: [...new Set(signingKeys.map((key) => key.alg))],
    })
  })
  .get('/openapi.json', forEveryOrigin, documented, openApi)
  .get('/docs', documented, (c) => asset(c, '/docs/', { policy: docsPolicy }))
  .get('/docs/*', documented, (c) => asset(c, c.req.path, { policy: docsPolicy }))
  .get('/redoc', documented, (c) => asset(c, '/redoc/', { policy: redocPolicy }))
  .get('/redoc/*', documented, (c) => asset(c, c.req.path, { policy: redocPolicy }))
  .on('GET', ['/favicon.svg', '/favicon.ico'], (c) => asset(c, '/ui/favicon.svg'))
