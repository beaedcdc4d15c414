import { randomInt } from 'node:crypto'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Ended, ended, endTogether, root, runNode, start } from '../../cli/lib/process.ts'

const help = `
Repeats everything that depends on chance: races, races whose calls fail, the life of accounts against its model, and
requests generated from the OpenAPI document. Each round has another seed; the last line says whether all passed.

  npm run soak [-- --minutes NUMBER] [--seed NUMBER] [--rounds NUMBER]

It runs for thirty minutes by default, and then to the end of the current file. The seed of a failed round gives
the same values, orders and delays again: npm run soak -- --seed NUMBER --rounds 1
`

/** The numbers of one round; test/provided.d.ts explains them. Ten rounds run a race 50 times. */
const round = { RACE_RUNS: '5', FUZZ_RUNS: '150', LIFE_CYCLE_RUNS: '8' }

/** The races come first, because a short run may get no further. */
const files = () =>
  ['races', 'life-cycle', 'last-admin', 'fuzz*'].flatMap((name) =>
    globSync(`test/worker/${name}.test.ts`, { cwd: root })
      .map((file) => file.replaceAll('\\', '/'))
      .sort(),
  )

const minute = 60_000

/** Milliseconds for one file on a busy machine. */
const longest = 20 * minute

const clock = (milliseconds: number) =>
  `${Math.floor(milliseconds / minute)}:${String(Math.floor((milliseconds % minute) / 1000)).padStart(2, '0')}`

/** @returns the number of an option; undefined if it is not allowed */
const numberOf = (text: string | undefined, otherwise: number, most: number) => {
  const number = Number(text ?? otherwise)
  return Number.isInteger(number) && number >= 0 && number <= most ? number : undefined
}

/** Runs a file with a seed. A run that exceeds the time is stopped and counts as failed. */
const tryFile = async (file: string, seed: number): Promise<Ended> => {
  const env = { ...round, SOAK_SEED: String(seed), WRANGLER_LOG: 'error' }
  const child = start('vitest', ['run', '--reporter=dot', file], { stdio: ['ignore', 'pipe', 'pipe'], env })
  const timer = setTimeout(() => child.kill(), longest)
  try {
    return await ended(child)
  } finally {
    clearTimeout(timer)
  }
}

const main = async () => {
  const options = {
    minutes: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const minutes = numberOf(values.minutes, 30, 24 * 60)
  const seed = numberOf(values.seed, randomInt(2 ** 31), 2 ** 31 - 1)
  const rounds = numberOf(values.rounds, 100_000, 100_000)
  if (!minutes || seed === undefined || !rounds) {
    console.error('--minutes and --rounds must be numbers from 1, --seed one from 0. See npm run soak -- --help')
    return 1
  }
  const build = await runNode([join(root, 'tools', 'generate', 'build.ts')])
  if (build.status !== 0) {
    console.error(build.output)
    return 1
  }
  const from = Date.now()
  const until = from + minutes * minute
  const all = files()
  console.log(`Soaking for ${minutes} minutes, from seed ${seed}: ${all.join(', ')}`)

  const failed = new Set<number>()
  const times = new Map<string, number>()
  const left = () => Date.now() < until
  for (let number = 0; number < rounds && left(); number++)
    for (const file of all) {
      if (!left()) break
      const of = (seed + number) % 2 ** 31
      const { status, output } = await tryFile(file, of)
      times.set(file, (times.get(file) ?? 0) + 1)
      if (status !== 0) {
        failed.add(of)
        console.log(output.trimEnd())
      }
      const held = status === 0 ? 'held' : 'FAILED'
      console.log(`${clock(Date.now() - from)}  round ${number + 1}, seed ${of}, ${file}: ${held}`)
    }

  const races = (times.get('test/worker/races.test.ts') ?? 0) * Number(round.RACE_RUNS)
  const rest = [...times].map(([file, count]) => `${file} ${count} times`).join(', ')
  console.log(`\n${clock(Date.now() - from)} minutes: each race ${races} times (${rest}).`)
  console.log(failed.size === 0 ? 'Everything held.' : `FAILED, with the seeds ${[...failed].join(', ')}.`)
  return failed.size === 0 ? 0 : 1
}

endTogether()
try {
  process.exit(await main())
} catch (error) {
  if (!(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(`${(error as Error).message}. See npm run soak -- --help`)
  process.exit(1)
}
