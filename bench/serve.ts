import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from '../cli/lib/process.ts'
import { compatibilityDate } from './bundle.ts'

/**
 * Serves one bundled Worker on 127.0.0.1 until its parent stops it or ends. It runs in its own process, because the
 * work of the simulator in Node, such as keeping mails, must not share a thread with the load.
 */
export type Served = { url: string; pid: number; inspector?: string }

export type Serve = {
  /** Files of the bundle, the entry module first. */
  files: string[]
  port: number
  bindings: Record<string, string>
  /** Whether the Worker gets the bindings that only Gatehouse has: pictures and the rate limit. */
  gatehouse: boolean
  /** Whether V8's profiler is available. */
  inspected?: boolean
  /** Statements that create and fill the database, in order. */
  sql: string[]
}

/**
 * The part of the simulator's API that is used here. The simulator is the one that wrangler depends on, since the two
 * fit together.
 */
type Simulator = {
  Miniflare: new (
    options: unknown,
  ) => {
    ready: Promise<URL>
    getD1Database(name: string): Promise<{ prepare(sql: string): { run(): Promise<unknown> } }>
    getInspectorURL(): Promise<URL>
    dispose(): Promise<void>
  }
  convertV4MiniflareOptions(options: Record<string, unknown>): unknown
}

const wrangler = createRequire(join(root, 'package.json')).resolve('wrangler')
const { Miniflare, convertV4MiniflareOptions } = createRequire(wrangler)('miniflare') as Simulator

const moduleOf = (path: string) => ({
  type: path.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
  path,
  contents: readFileSync(path),
})

/** Returns the process id of workerd, a child of this process; 0 without /proc. */
const workerd = (): number => {
  try {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const stat = statOf(pid)
      if (stat?.parent === process.pid && stat.command.startsWith('workerd')) return Number(pid)
    }
  } catch {}
  return 0
}

const statOf = (pid: string) => {
  try {
    const [, command = '', parent] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return { command, parent: Number(parent) }
  } catch {
    return undefined
  }
}

const serve = async ({ files, port, bindings, gatehouse, inspected, sql }: Serve) => {
  const options = convertV4MiniflareOptions({
    host: '127.0.0.1',
    port,
    cf: false,
    ...(inspected && { inspectorPort: 0 }),
    modules: files.map(moduleOf),
    modulesRoot: join(files[0]!, '..'),
    compatibilityDate: compatibilityDate(),
    bindings,
    d1Databases: ['DB'],
    kvNamespaces: ['DENYLIST'],
    email: { send_email: [{ name: 'EMAIL' }] },
    ...(gatehouse && {
      r2Buckets: ['AVATARS'],
      ratelimits: { SHIELD: { namespace_id: '1', simple: { limit: 20, period: 10 } } },
    }),
  })
  const miniflare = new Miniflare(options)
  const url = await miniflare.ready
  const database = await miniflare.getD1Database('DB')
  for (const statement of sql) await database.prepare(statement).run()
  const inspector = inspected ? (await miniflare.getInspectorURL()).origin.replace('ws:', 'http:') : undefined
  process.send!({ url: url.origin, pid: workerd(), inspector } satisfies Served)
  const end = async () => {
    await miniflare.dispose()
    process.exit(0)
  }
  process
    .on('SIGTERM', end)
    .on('SIGINT', () => {})
    .on('disconnect', end)
}

process.once('message', (wanted) => {
  serve(wanted as Serve).catch((error) => {
    console.error(error)
    process.exit(1)
  })
})
