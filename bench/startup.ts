import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from './numbers.ts'
import { serve } from './servers.ts'
import type { WorkerName, Workshop } from './workers.ts'

/**
 * Milliseconds for evaluating the modules, and from then to the first reply to a request without a session. They are
 * medians, except the shortest evaluation: other work on the machine only adds to it.
 */
export type Startup = {
  who: string
  evaluation: number
  shortest: number
  firstReply: number
  gzip: number
  bytes: number
}

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

/** A Worker to start, and the path of its first request. */
export type Starting = {
  who: string
  worker: WorkerName
  path: string
  world: { bindings: Record<string, string>; sql: string[] }
}

/** Starts each Worker repeatedly, in turn, each time in a new process. */
export const measureStartups = async (
  { bundled, folder }: Workshop,
  all: Starting[],
  starts: number,
): Promise<Startup[]> => {
  const times = new Map(all.map(({ who }) => [who, { evaluation: [] as number[], firstReply: [] as number[] }]))
  for (let start = 0; start < starts; start++) {
    for (const { who, worker, path, world } of all) {
      const { files } = await bundled(worker)
      const place = join(folder, worker, 'files')
      const timed = join(place, 'timer.mjs')
      writeFileSync(timed, timer(files[0]!.name, path))
      const paths = [timed, ...files.map(({ name }) => join(place, name))]
      const server = await serve({ files: paths, port: 0, gatehouse: worker === 'gatehouse', ...world })
      const told = (await (await fetch(server.url)).json()) as {
        evaluation: number
        firstReply: number
        status: number
      }
      await server.stop()
      if (told.status >= 500) throw new Error(`${who} answered ${told.status} to its first request`)
      times.get(who)!.evaluation.push(told.evaluation)
      times.get(who)!.firstReply.push(told.firstReply)
    }
  }
  return Promise.all(
    all.map(async ({ who, worker }) => {
      const { gzip, bytes } = await bundled(worker)
      const { evaluation, firstReply } = times.get(who)!
      return {
        who,
        evaluation: median(evaluation),
        shortest: Math.min(...evaluation),
        firstReply: median(firstReply),
        gzip,
        bytes,
      }
    }),
  )
}
