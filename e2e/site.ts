import { join } from 'node:path'
import { after, before } from 'node:test'
import {
  freePort,
  makePlace,
  npmStart,
  optionsOf,
  type Place,
  type Service,
  startService,
} from '../test/node/blackbox/service.ts'
import { useBrowser, visits } from './browser.ts'
import { linkTo } from './steps.ts'

/**
 * Tests type faster than people, so this raises the number of requests that one network may send in ten seconds. The
 * limit of one mail a minute for an address stays.
 */
export const patient = ['--var', 'THROTTLE_FACTOR:1.9']

/**
 * Runs the service and a browser for the tests around this call. Node runs the hooks of a whole file at the same time, so a
 * hook that uses the service belongs into a suite.
 * @param options those of `npm start`
 * @returns `url`, `log` and `place` of the service, `linkTo` for its mails, `browser`, and the functions of {@link visits}
 */
export const useService = (...options: string[]) => {
  const place = makePlace()
  const browser = useBrowser()
  let service: Service
  before(async () => {
    service = await startService(place, await freePort(), ...patient, ...options)
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })
  return {
    ...visits(browser, () => [new URL(service.url).host]),
    browser,
    place,
    get url() {
      return service.url
    },
    log: () => service.log(),
    linkTo: (address: string, page: string) => linkTo(service.url, address, page),
  }
}

/** Milliseconds. The first start builds the service, and Vite scans the packages of the site. */
const startWithin = 180_000

/**
 * Starts an example and the service by the example's `npm start`, and returns when both answer. The example is reached
 * as localhost and the service as 127.0.0.1. Cookies depend on the host and not on the port, so with two ports of one
 * host a test would not notice a cookie that the site forgets to forward.
 */
export const startExample = async (name: 'astro' | 'spa', place: Place, ...options: string[]) => {
  const [port, servicePort] = [await freePort(), await freePort()]
  const ports = ['--port', `${port}`, '--service-port', `${servicePort}`]
  const started = await npmStart({
    cwd: join(import.meta.dirname, '../examples', name),
    options: [...ports, ...optionsOf(place), ...patient, ...options],
    within: startWithin,
    ready: (log) => log.includes('Ctrl-C ends both'),
  })
  return { url: `http://localhost:${port}`, service: `http://127.0.0.1:${servicePort}`, ...started }
}
export type Site = Awaited<ReturnType<typeof startExample>>
