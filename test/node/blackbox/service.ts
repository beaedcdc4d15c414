import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = join(import.meta.dirname, '../../..')
const windows = process.platform === 'win32'

/**
 * Milliseconds that a start may take. The first one migrates, builds and bundles, which takes long while other tests
 * run.
 */
const startWithin = 120_000
const endWithin = 30_000

/**
 * Asks repeatedly until there is an answer.
 * @throws Error with `what` when `milliseconds` have passed
 */
export const eventually = async <T>(
  what: string,
  milliseconds: number,
  ask: () => Promise<T | undefined>,
): Promise<T> => {
  const deadline = Date.now() + milliseconds
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error(`${what}: not within ${milliseconds / 1000} s`)
    await sleep(100)
  }
}

/**
 * Ports that browsers can open and that the system does not assign by itself, so that nobody gets the same one a moment
 * later.
 */
const ports = { from: 20_000, to: 30_000 }

/** Returns a free port. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(ports.from, ports.to)
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}

/** Creates what lasts from one start to the next: a folder for the database, and a file for the secrets. */
export const makePlace = () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const secrets = join(folder, 'secrets')
  // Node itself refuses an --env-file that does not exist.
  writeFileSync(secrets, '')
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  return { folder, secrets, state: join(folder, 'state'), remove }
}
export type Place = ReturnType<typeof makePlace>

/** Runs npm as in a terminal: in its own process group, which ends as a whole. */
const npm = (cwd: string, args: string[]): ChildProcess => {
  const options = { cwd, stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[], detached: !windows }
  return windows
    ? spawn(['npm', ...args.map((arg) => `"${arg}"`)].join(' '), { ...options, shell: true })
    : spawn('npm', args, options)
}

const signal = (child: ChildProcess, name: NodeJS.Signals) => {
  if (windows) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' })
  else
    try {
      process.kill(-child.pid!, name)
    } catch {}
}

const listens = (origin: string) =>
  fetch(`${origin}/health`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  )

// A signal to the tests must also end what they started. Without these lines, there would be no time for that.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => process.exit(1))

type Start = {
  cwd: string
  /** The options after `npm start --`. */
  options: string[]
  /** The milliseconds until it must be ready. */
  within: number
  ready: (log: string) => boolean | Promise<boolean>
}

/** Runs `npm start` in a folder until it is ready. @throws Error with its output if it ends or is late */
export const npmStart = async ({ cwd, options, within, ready }: Start) => {
  const child = npm(cwd, ['start', '--', ...options])
  let log = ''
  let closed = false
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (log += text))
  child.on('close', () => (closed = true))
  const forget = () => signal(child, 'SIGTERM')
  process.on('exit', forget)

  const stop = async () => {
    signal(child, 'SIGINT')
    try {
      // Closed means that no process has its output open any more: npm and all its children have ended.
      await eventually('the end of npm start', endWithin, async () => closed || undefined)
    } finally {
      signal(child, 'SIGKILL')
      process.off('exit', forget)
    }
  }

  try {
    await eventually('npm start', within, async () => {
      if (closed) throw new Error('npm start ended')
      return (await ready(log)) || undefined
    })
  } catch (error) {
    await stop().catch(() => {})
    throw new Error(`${(error as Error).message}. Its output:\n${log}`)
  }
  return { stop, log: () => log }
}

/** Returns the options by which `npm start` keeps its data at this place. */
export const optionsOf = ({ state, secrets }: Place) => ['--persist-to', state, '--env-file', secrets]

/** Runs the service until it answers. */
export const startService = async (place: Place, port: number, ...options: string[]) => {
  const url = `http://localhost:${port}`
  const started = await npmStart({
    cwd: root,
    options: ['--port', `${port}`, ...optionsOf(place), ...options],
    within: startWithin,
    ready: async (log) => log.includes('Gatehouse is running') && (await listens(url)),
  })
  return { url, ...started }
}
export type Service = Awaited<ReturnType<typeof startService>>
