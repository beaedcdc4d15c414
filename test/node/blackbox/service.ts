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

/** A first start migrates, builds and bundles; a computer busy with other tests takes its time for it. */
const startWithin = 120_000
const endWithin = 30_000

/**
 * Asks until there is an answer.
 * @throws when `milliseconds` have passed, saying what was waited for
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

/** Of those that no system hands out by itself, so that nobody gets the same a moment later; and that browsers open. */
const ports = { from: 20_000, to: 30_000 }

/** One that is free. */
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

/** What lasts from one start to the next: a folder with the database, and a file with the secrets. */
export const makePlace = () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const secrets = join(folder, 'secrets')
  // Node itself refuses an --env-file that does not exist.
  writeFileSync(secrets, '')
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  return { folder, secrets, state: join(folder, 'state'), remove }
}
export type Place = ReturnType<typeof makePlace>

/** Runs `npm` as a person would in a terminal: in a process group of its own, that ends as a whole. */
const npm = (args: string[]): ChildProcess => {
  const options = { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[], detached: !windows }
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

// Whoever ends the tests ends what they started: without these lines a signal leaves no time for it.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => process.exit(1))

/** `npm start`, until the service answers. */
export const startService = async (place: Place, port: number, ...options: string[]) => {
  const where = ['--port', `${port}`, '--persist-to', place.state, '--env-file', place.secrets]
  const child = npm(['start', '--', ...where, ...options])
  let log = ''
  let closed = false
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (log += text))
  child.on('close', () => (closed = true))
  const forget = () => signal(child, 'SIGTERM')
  process.on('exit', forget)

  const stop = async () => {
    signal(child, 'SIGINT')
    try {
      // Closed means that nobody holds its output any more: npm and everything below it have ended.
      await eventually('the end of npm start', endWithin, async () => closed || undefined)
    } finally {
      signal(child, 'SIGKILL')
      process.off('exit', forget)
    }
  }

  const url = `http://localhost:${port}`
  try {
    await eventually('npm start', startWithin, async () => {
      if (closed) throw new Error('npm start ended')
      return (log.includes('Gatehouse is running') && (await listens(url))) || undefined
    })
  } catch (error) {
    await stop().catch(() => {})
    throw new Error(`${(error as Error).message}. What it said:\n${log}`)
  }
  return { url, stop, log: () => log }
}
export type Service = Awaited<ReturnType<typeof startService>>
