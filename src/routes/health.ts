import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { corsForBrowsers } from './cors.ts'
import { forEveryOrigin } from './headers.ts'

/** Whether the Worker runs. It answers without the services, so also over http and with a wrong setting. */
export const health = new Hono<AppEnv>()
  .use('/health', corsForBrowsers)
  .get('/health', forEveryOrigin, (c) => c.json({ status: 'healthy' as const }))
