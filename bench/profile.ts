import { parseArgs } from 'node:util'
import { WebSocket } from 'undici'
import { endTogether } from '../cli/lib/process.ts'
import { gatehouse } from './gatehouse.ts'
import { load } from './load.ts'
import type { Operation } from './side.ts'
import { workshop } from './workers.ts'

const help = `
Shows where Gatehouse's own code spends its CPU time: V8's profile of the Worker while it answers one operation. The time
of the D1 simulator is not included; \`npm run floor\` includes it.

  npm run profile [-- OPTIONS]

  --operation NAME   "check a session" (profile), "refresh a session", "sign out", "list users" ("check a session")
  --requests NUMBER  how many requests are profiled (2000)
  --help
`

type Frame = { functionName: string; url: string; lineNumber: number }
type Node = { id: number; callFrame: Frame; children?: number[] }
type Profile = { nodes: Node[]; samples: number[]; timeDeltas: number[] }

/** Connects to the inspector of a Worker, and returns functions that use its protocol. */
const inspect = async (inspector: string) => {
  const found = (await (await fetch(`${inspector}/json`)).json()) as { webSocketDebuggerUrl: string }[]
  const socket = new WebSocket(found[0]!.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  const waiting = new Map<number, (result: unknown) => void>()
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result: unknown }
    if (id !== undefined) waiting.get(id)?.(result)
  }
  let last = 0
  const call = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve) => {
      waiting.set(++last, resolve)
      socket.send(JSON.stringify({ id: last, method, params }))
    })
  return { call, close: () => socket.close() }
}

/** Maps a line of an unminified bundle to its source module, which esbuild names in a comment before each module. */
const places = (bundle: string) => {
  const modules: string[] = []
  let current = 'runtime'
  for (const line of bundle.split('\n')) {
    current = /^\/\/ (\S+\.(?:[cm]?[jt]sx?))$/.exec(line)?.[1] ?? current
    modules.push(current.replace(/^.*node_modules\//, '').replace(/^.*\/src\//, 'src/'))
  }
  return ({ functionName, url, lineNumber }: Frame) => {
    const module = url.endsWith('.js') && !url.includes(':') ? (modules[lineNumber] ?? 'runtime') : 'runtime'
    const name = `${functionName || '(anonymous)'}  ${module}`
    const folder = module.startsWith('src/') ? 'src' : /^(@[^/]+\/)?[^/]+/.exec(module)![0]
    return { name, folder: /^\((idle|program|garbage)/.test(functionName) ? functionName : folder }
  }
}

/**
 * Returns the milliseconds that each function took by itself and with what it called, and those of each package by
 * itself.
 */
const times = ({ nodes, samples, timeDeltas }: Profile, place: ReturnType<typeof places>) => {
  const own = new Map<number, number>()
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + timeDeltas[index]! / 1000)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const self = new Map<string, number>()
  const total = new Map<string, number>()
  const packages = new Map<string, number>()
  const add = (to: Map<string, number>, key: string, time: number) => to.set(key, (to.get(key) ?? 0) + time)
  /**
   * @returns the time of the node and all nodes below it. `above`: names on the way there, so that recursion counts
   * once
   */
  const walk = (id: number, above: ReadonlySet<string>): number => {
    const node = byId.get(id)!
    const { name: key, folder } = place(node.callFrame)
    const mine = own.get(id) ?? 0
    add(self, key, mine)
    add(packages, folder, mine)
    const path = new Set(above).add(key)
    const all = mine + (node.children ?? []).reduce((sum, child) => sum + walk(child, path), 0)
    if (!above.has(key)) add(total, key, all)
    return all
  }
  walk(nodes[0]!.id, new Set())
  return { self, total, packages }
}

const print = (heading: string, from: Map<string, number>, requests: number) => {
  console.log(`\n${heading}: microseconds for each request`)
  const rows = [...from].sort(([, a], [, b]) => b - a).slice(0, 40)
  for (const [name, time] of rows) console.log(`${((time * 1000) / requests).toFixed(0).padStart(8)}  ${name}`)
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      operation: { type: 'string', default: 'check a session' },
      requests: { type: 'string', default: '2000' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const requests = Number(values.requests)
  const { bundled, start, stop } = workshop()
  try {
    const side = await gatehouse({ users: 200, ends: requests * 2 })
    const server = await start('gatehouse-readable', side)
    const people = Array.from({ length: 8 }, (_, number) => side.person(values.operation as Operation, number)!)
    await load(server, people, Math.min(requests, 1500))
    const { call, close } = await inspect(server.inspector!)
    await call('Profiler.enable')
    await call('Profiler.setSamplingInterval', { interval: 100 })
    await call('Profiler.start')
    const { perSecond } = await load(server, people, requests)
    const { profile } = (await call('Profiler.stop')) as { profile: Profile }
    close()
    const [entry] = (await bundled('gatehouse-readable')).files
    const { self, total, packages } = times(profile, places(entry!.contents.toString()))
    console.log(`${values.operation}: ${requests} requests, ${perSecond.toFixed(0)} per second`)
    print('Packages', packages, requests)
    print('By itself', self, requests)
    print('With what it calls', total, requests)
    return 0
  } finally {
    await stop()
  }
}

endTogether()
process.exit(await main())
