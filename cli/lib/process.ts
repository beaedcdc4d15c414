import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

/** The folder of the project. */
export const root = join(import.meta.dirname, '../..')

/** Settings for every tool: no telemetry, no downloads, no questions. */
export const quiet = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  // Keeps `wrangler dev` from asking Cloudflare for the computer's location, for the `cf` of local requests.
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // Node caches compiled code, so that wrangler starts with a fifth less CPU time.
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'gatehouse', 'compiled'),
}

/**
 * Returns the file behind a command of node_modules/.bin. If this Node runs the file without a shell, it behaves the
 * same on every platform, and signals reach it.
 */
const fileOf = (command: string, packageName: string) => {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { bin: Record<string, string> }
  return join(folder, bin[command]!)
}

const commands = {
  biome: () => fileOf('biome', '@biomejs/biome'),
  'drizzle-kit': () => fileOf('drizzle-kit', 'drizzle-kit'),
  tsc: () => fileOf('tsc', 'typescript'),
  vitest: () => fileOf('vitest', 'vitest'),
  wrangler: () => fileOf('wrangler', 'wrangler'),
}
export type Command = keyof typeof commands

type Options = { stdio?: StdioOptions; env?: Record<string, string | undefined>; within?: number }

const running = new Set<ChildProcess>()
let ending = false

/** Work that is done before a signal ends this process. */
const lastDeeds = new Set<() => Promise<unknown>>()

/** The milliseconds that all of this work may take. */
const lastMs = 30_000

/** Registers work to do before a signal ends this process. @returns a function that removes it again */
export const atEnd = (deed: () => Promise<unknown>): (() => void) => {
  lastDeeds.add(deed)
  return () => lastDeeds.delete(deed)
}

/** Ends this child, like all others, when this process ends. */
export const track = <T extends ChildProcess>(child: T): T => {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Starts this Node with these arguments, in the project's folder. */
export const startNode = (args: string[], { stdio = 'inherit', env }: Options = {}): ChildProcess => {
  const child = spawn(process.execPath, args, { cwd: root, stdio, env: { ...process.env, ...quiet, ...env } })
  return track(child)
}

export const start = (command: Command, args: string[], options?: Options): ChildProcess =>
  startNode([commands[command](), ...args], options)

/** The result of a process. `output` is what it wrote to both streams, in order. `late`: it took too long. */
export type Ended = { status: number; output: string; late?: boolean }

/** The milliseconds in which a process must stop after it was asked to. */
const graceMs = 3000

/**
 * Waits for a process to end. A process that a signal ended counts as failed.
 * @param within milliseconds after which the process is stopped
 */
export const ended = (child: ChildProcess, within?: number): Promise<Ended> =>
  new Promise((resolve, reject) => {
    let output = ''
    let late = false
    const tooLong = () => {
      late = true
      end(child)
      timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    }
    let timer = within === undefined ? undefined : setTimeout(tooLong, within)
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text))
    child.once('error', reject)
    child.once('exit', () => {
      clearTimeout(timer)
      // A grandchild may go on running and hold the output open.
      if (late) for (const stream of [child.stdout, child.stderr]) stream?.destroy()
    })
    // While everything is being stopped, the next command must not start.
    child.once('close', (code) => ending || resolve({ status: code ?? 1, output, ...(late && { late }) }))
  })

/** Runs a tool to its end. Its standard input is empty, so it cannot wait for an answer. */
export const run = (command: Command, args: string[], options?: Options): Promise<Ended> =>
  ended(start(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }), options?.within)

export const runNode = (args: string[], options?: Options): Promise<Ended> =>
  ended(startNode(args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }), options?.within)

/** Stops a process. Windows has no signal for that, and `taskkill` stops children only if it is told to. */
export const end = (child: ChildProcess) => {
  if (process.platform === 'win32') spawn('taskkill', ['/pid', `${child.pid}`, '/t', '/f'], { stdio: 'ignore' })
  else child.kill('SIGTERM')
}

/** When this process is asked to stop, stops everything that it started, and then itself. */
export const endTogether = () => {
  const endAll = async (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => {
    if (ending) return
    ending = true
    const gone = Promise.all([...running].map((child) => once(child, 'exit')))
    // Ctrl-C has reached every process of the terminal, so they are stopping already.
    const begin = setTimeout(() => [...running].map(end), signal === 'SIGINT' ? 2000 : 0)
    await gone
    clearTimeout(begin)
    await Promise.race([
      Promise.allSettled([...lastDeeds].map((deed) => deed())),
      new Promise((resolve) => setTimeout(resolve, lastMs)),
    ])
    process.exit(128 + constants.signals[signal])
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, endAll)
  process.on('exit', () => {
    for (const child of running) child.kill()
  })
}
