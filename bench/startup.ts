import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from './numbers.ts'
import { serve } from './servers.ts'
import type { WorkerName, Workshop } from './workers.ts'

/** Milliseconds: evaluating the modules, and from there to the first reply, which no session comes with. */
export type Startup = { who: string; evaluation: number; firstReply: number; gzip: number; bytes: number }

const timer = (entry: string, path: string) => `
export default {
  async fetch(request, env, ctx) {
    const from = performance.now()
    const { default: worker } = await import('./${entry}')
    const loaded = performance.now()
    const response = await worker.fetch(new Request('http://localhost:8787${path}'), env, ctx)
    await response.text()
    const replied = performance.now()
    return Response.json({ evaluation: loaded - from, firstReply: replied - loaded, status: response.status })
  },
}`

type World = { bindings: Record<string, string>; sql: string[] }

/** Starts a Worker again and again, each time in a new process. */
export const measureStartup = async (
  { bundled, folder }: Workshop,
  { who, worker, path, world, starts }: { who: string; worker: WorkerName; path: string; world: World; starts: number },
): Promise<Startup> => {
  const { files, gzip, bytes } = await bundled(worker)
  const place = join(folder, worker, 'files')
  const timed = join(place, 'timer.mjs')
  writeFileSync(timed, timer(files[0]!.name, path))
  const paths = [timed, ...files.map(({ name }) => join(place, name))]
  const evaluation: number[] = []
  const firstReply: number[] = []
  for (let start = 0; start < starts; start++) {
    const { bindings, sql } = world
    const server = await serve({ files: paths, port: 0, bindings, gatehouse: worker === 'gatehouse', sql })
    const times = (await (await fetch(server.url)).json()) as { evaluation: number; firstReply: number; status: number }
    await server.stop()
    if (times.status >= 500) throw new Error(`${who} answered ${times.status} to its first request`)
    evaluation.push(times.evaluation)
    firstReply.push(times.firstReply)
  }
  return { who, evaluation: median(evaluation), firstReply: median(firstReply), gzip, bytes }
}
