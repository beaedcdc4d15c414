import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endTogether, root } from '../cli/lib/process.ts'
import { failures } from './checks.ts'
import { machine, versions } from './machine.ts'
import { page } from './page.ts'
import { barsOf, picture } from './picture.ts'
import { type Effort, efforts, everything, makeCells, makeSides, ours, type Sides } from './plan.ts'
import { measure } from './run.ts'
import { measureStartups, type Starting } from './startup.ts'
import { type Report, table } from './table.ts'
import { countTrips } from './trips.ts'
import { workshop } from './workers.ts'

const help = `
Compares Gatehouse and Better Auth at the same work, side by side on this machine. Each Worker runs in its own workerd.

  npm run bench                about twenty minutes: the table, results/latest.json,
                               ../docs/reference/benchmark.md and its picture
  npm run bench -- --quick     under two minutes: few requests, the same checks, and nothing is written
  npm run bench -- --quick --write   writes them, but no picture; the page says that the run was a quick one
  npm run bench -- --rounds 3  like the first, in that many rounds (5)
  npm run bench -- --help

It fails if Gatehouse makes more round trips to D1 than documented, or more than the best peer, if its bundle is larger
than the peer's with every plugin, and if its modules take longer to evaluate than the peer's without any. Do not use the
machine meanwhile.
`

const starts = { full: 9, quick: 3 }

/** Which Workers are started: those that are checked, and in a full run also those that explain the difference. */
const starting = ({ gatehouse, peers }: Sides, full: boolean): Starting[] => {
  const peer = { world: peers.get('Better Auth')!, path: '/api/auth/get-session' }
  const world = { bindings: {}, sql: [] }
  const own = { world: { bindings: gatehouse.bindings, sql: [] }, path: '/api/user/profile' }
  const checked: Starting[] = [
    { ...own, who: ours, worker: 'gatehouse' },
    { ...peer, who: 'Better Auth', worker: 'better-auth-core' },
    { ...peer, who: 'Better Auth, everything', worker: 'better-auth-everything', world: peers.get(everything)! },
  ]
  if (!full) return checked
  return [
    ...checked,
    { ...peer, who: 'Better Auth, admin and jwt', worker: 'better-auth' },
    { world, path: '/nowhere', who: 'floor (Hono, noble scrypt)', worker: 'floor' },
  ]
}

const compare = async ({ full, write, rounds }: { full: boolean; write: boolean; rounds: number }): Promise<number> => {
  const shop = workshop()
  const effort: Effort = full ? { ...efforts.full, rounds } : efforts.quick
  try {
    console.log('making users, sessions and keys …')
    const sides = await makeSides(effort)
    console.log('bundling, and counting trips to D1 …')
    const trips = await countTrips(shop, await makeSides(efforts.quick))
    console.log('starting Workers again and again …')
    const startups = await measureStartups(shop, starting(sides, full), full ? starts.full : starts.quick)
    console.log('starting everybody …')
    const cells = await makeCells(shop, sides, effort)
    const lines = await measure(cells, effort.rounds)
    const report: Report = {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      versions: versions(),
      full,
      effort,
      trips,
      startups,
      lines,
    }

    console.log(`\n${table(report)}`)
    const failed = failures(trips, startups, lines, full)
    for (const failure of failed) console.log(`FAILED: ${failure}`)
    if (write) {
      const results = join(import.meta.dirname, 'results')
      mkdirSync(results, { recursive: true })
      writeFileSync(join(results, 'latest.json'), `${JSON.stringify(report, null, 1)}\n`)
      writeFileSync(join(root, 'docs', 'reference', 'benchmark.md'), page(report, failed))
      if (report.full) writeFileSync(join(root, 'docs', 'images', 'benchmark.svg'), picture(barsOf(lines)))
      console.log('Written: bench/results/latest.json, docs/reference/benchmark.md, docs/images/benchmark.svg')
    }
    if (failed.length === 0) console.log('Every check holds.')
    return failed.length === 0 ? 0 : 1
  } finally {
    await shop.stop()
  }
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 20) {
    console.error('--rounds must be a number from 1 to 20.')
    return 1
  }
  return compare({ full: !values.quick, write: !values.quick || values.write, rounds })
}

endTogether()
process.exit(await main())
