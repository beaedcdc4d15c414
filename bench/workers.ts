import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../cli/lib/process.ts'
import { type Bundle, bundle } from './bundle.ts'
import { type Running, serve } from './servers.ts'

const own = (name: string) => join(import.meta.dirname, 'workers', `${name}.ts`)

/** Every Worker that is bundled here, with its entry module. */
const entries = {
  gatehouse: join(root, 'src', 'index.ts'),
  'gatehouse-native': join(root, 'src', 'native.ts'),
  'gatehouse-readable': join(root, 'src', 'index.ts'),
  'gatehouse-counted': own('gatehouse-counted'),
  'gatehouse-second-read': own('gatehouse-second-read'),
  'better-auth': own('better-auth'),
  'better-auth-core': own('better-auth-core'),
  'better-auth-counted': own('better-auth-counted'),
  'better-auth-everything': own('better-auth-everything'),
  'better-auth-everything-counted': own('better-auth-everything-counted'),
  floor: own('floor'),
  empty: own('empty'),
  verifier: own('verifier'),
} as const
export type WorkerName = keyof typeof entries

/** Whether the Worker keeps the names of its functions and can be profiled. */
const isReadable = (name: WorkerName) => name === 'gatehouse-readable'

type World = { bindings?: Record<string, string>; sql?: string[] }

/** Bundles and serves Workers. Its temporary folder is removed when this process ends. */
export const workshop = () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const bundles = new Map<WorkerName, Promise<Bundle>>()
  const running: Running[] = []

  const bundled = (name: WorkerName): Promise<Bundle> => {
    const made = bundles.get(name) ?? bundle(folder, name, entries[name], !isReadable(name))
    bundles.set(name, made)
    return made
  }

  return {
    folder,
    bundled,
    /** Serves a Worker on a free port, with its own empty database. */
    async start(name: WorkerName, { bindings = {}, sql = [] }: World = {}): Promise<Running> {
      const { files } = await bundled(name)
      const paths = files.map((file) => join(folder, name, 'files', file.name))
      const served = await serve({
        files: paths,
        port: 0,
        bindings,
        gatehouse: name.startsWith('gatehouse'),
        inspected: isReadable(name),
        sql,
      })
      running.push(served)
      return served
    },
    stop: () => Promise.all(running.splice(0).map(({ stop }) => stop())),
  }
}
export type Workshop = ReturnType<typeof workshop>
