import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { Misconfigured } from '../misconfigured.ts'
import { isLoopback } from '../origins.ts'
import { corsForBrowsers } from './cors.ts'
import { forEveryOrigin } from './headers.ts'

/** Returns the setting that a fault names, without the member: `DB`, not `DB.id`. */
const nameOf = (fault: string) => /^\w+/.exec(fault)?.[0] ?? fault

/**
 * Whether the Worker runs and its settings are right. It uses no dependency, and answers over http too. A deployed
 * service names the wrong settings; a local one also says what is wrong with them.
 */
export const createHealth = (servicesFor: (env: Env) => unknown) =>
  new Hono<AppEnv>().use('/health', corsForBrowsers).get('/health', forEveryOrigin, (c) => {
    try {
      servicesFor(c.env)
    } catch (error) {
      if (!(error instanceof Misconfigured)) throw error
      const { faults } = error
      const settings = isLoopback(new URL(c.req.url).hostname) ? faults : [...new Set(faults.map(nameOf))]
      return c.json({ status: 'misconfigured' as const, settings }, 503)
    }
    return c.json({ status: 'healthy' as const })
  })
