import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { eventually, freePort, type Place } from '../test/node/blackbox/service.ts'

const folder = join(import.meta.dirname, '../examples/astro')
const windows = process.platform === 'win32'

/**
 * Tests type faster than people, and one network may send only so many requests in ten seconds. One mail a minute
 * stays.
 */
export const patient = ['--var', 'THROTTLE_FACTOR:1.9']

/** Milliseconds. The first start builds the service, and Vite scans the packages of the site. */
const startWithin = 180_000
const endWithin = 30_000

const signal = (child: ChildProcess, name: NodeJS.Signals) => {
  if (windows) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' })
  else
    try {
      process.kill(-child.pid!, name)
    } catch {}
}

/**
 * Runs the example's `npm start`, site and service, until both answer. The site is reached as localhost and the service
 * as 127.0.0.1: cookies depend on hosts and not on ports, so two ports of one host would hide what the site forgets to
 * forward.
 */
export const startSite = async (place: Place, ...options: string[]) => {
  const [port, servicePort] = [await freePort(), await freePort()]
  const ports = ['--port', `${port}`, '--service-port', `${servicePort}`]
  const args = [
    'start',
    '--',
    ...ports,
    '--persist-to',
    place.state,
    '--env-file',
    place.secrets,
    ...patient,
    ...options,
  ]
  const spawned = { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[], detached: !windows }
  const child = windows
    ? spawn(['npm', ...args.map((arg) => `"${arg}"`)].join(' '), { ...spawned, shell: true })
    : spawn('npm', args, spawned)
  let log = ''
  let closed = false
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (log += text))
  child.on('close', () => (closed = true))
  const forget = () => signal(child, 'SIGTERM')
  process.on('exit', forget)

  const stop = async () => {
    signal(child, 'SIGINT')
    try {
      await eventually('the end of npm start', endWithin, async () => closed || undefined)
    } finally {
      signal(child, 'SIGKILL')
      process.off('exit', forget)
    }
  }
  try {
    await eventually('npm start of the example', startWithin, async () => {
      if (closed) throw new Error('npm start ended')
      return log.includes('Ctrl-C ends both') || undefined
    })
  } catch (error) {
    await stop().catch(() => {})
    throw new Error(`${(error as Error).message}. What it said:\n${log}`)
  }
  return { url: `http://localhost:${port}`, service: `http://127.0.0.1:${servicePort}`, stop, log: () => log }
}
export type Site = Awaited<ReturnType<typeof startSite>>
