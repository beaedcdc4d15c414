import { waitUntil } from 'cloudflare:workers'
import { createApp } from './app.ts'
import { runCron } from './cron.ts'
import { createServices, type Outside, type Services } from './services.ts'

/**
 * Milliseconds to wait for the reply to leave. With 0, replies to requests that cause a mail took longer, which
 * revealed that the account exists.
 */
const untilRepliedMs = 100

const outside: Outside = { now: () => new Date(), defer: waitUntil, replied: () => scheduler.wait(untilRepliedMs) }

/** Creates the handlers of the Worker. @param more what only some entry points provide */
export const createWorker = (more?: Pick<Outside, 'nativeScrypt'>) => {
  /** Created at the first request of an isolate: settings are parsed and keys derived once. */
  let made: { env: Env; services: Services } | undefined

  const servicesFor = (env: Env): Services => {
    if (made?.env !== env) made = { env, services: createServices(env, { ...outside, ...more }) }
    return made.services
  }

  const { fetch } = createApp(servicesFor)
  return { fetch, scheduled: (_controller, env) => runCron(servicesFor(env)) } satisfies ExportedHandler<Env>
}
