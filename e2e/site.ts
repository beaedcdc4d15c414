import { join } from 'node:path'
import { freePort, npmStart, optionsOf, type Place } from '../test/node/blackbox/service.ts'

const folder = join(import.meta.dirname, '../examples/astro')

/**
 * Tests type faster than people, and one network may send only so many requests in ten seconds. One mail a minute
 * stays.
 */
export const patient = ['--var', 'THROTTLE_FACTOR:1.9']

/** Milliseconds. The first start builds the service, and Vite scans the packages of the site. */
const startWithin = 180_000

/**
 * Runs the example's `npm start`, site and service, until both answer. The site is reached as localhost and the service
 * as 127.0.0.1: cookies depend on hosts and not on ports, so two ports of one host would hide what the site forgets to
 * forward.
 */
export const startSite = async (place: Place, ...options: string[]) => {
  const [port, servicePort] = [await freePort(), await freePort()]
  const ports = ['--port', `${port}`, '--service-port', `${servicePort}`]
  const started = await npmStart({
    cwd: folder,
    options: [...ports, ...optionsOf(place), ...patient, ...options],
    within: startWithin,
    ready: (log) => log.includes('Ctrl-C ends both'),
  })
  return { url: `http://localhost:${port}`, service: `http://127.0.0.1:${servicePort}`, ...started }
}
export type Site = Awaited<ReturnType<typeof startSite>>
