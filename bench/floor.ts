import { parseArgs } from 'node:util'
import { endTogether } from '../scripts/process.ts'
import { floor, floorSql, nothing } from './floor-side.ts'
import { gatehouse } from './gatehouse.ts'
import { load, type Person } from './load.ts'
import { median, quantile } from './numbers.ts'
import type { Running } from './servers.ts'
import { workshop } from './workers.ts'

const help = `
Checks how much CPU time profile and refresh take beside a bare Hono Worker with one D1 point read, an empty Worker's
subtracted from both. Fails above the bounds: 1.3 and 1.7.

  npm run floor [-- OPTIONS]

  --rounds NUMBER     how often each is measured, one after the other (15); the median of their ratios counts
  --requests NUMBER   of each in each round (300)
  --second-read       puts a second read of D1 into Gatehouse: this must fail
  --help

It needs Linux, which tells the CPU time of a process, and a machine that does nothing else.
`

/** What the two may cost, as multiples of the read. */
const bounds = { profile: 1.3, refresh: 1.7 } as const

const connections = 16

/** Requests after which the code of a Worker is as fast as it gets. */
const warming = 2000

type Subject = { name: string; server: Running; people: Person[]; cpu: number[] }

const measure = async (rounds: number, requests: number, secondRead: boolean): Promise<Subject[]> => {
  const { start, stop } = workshop()
  const users = 100
  const ours = await gatehouse({ users, ends: 0 })
  const crowd = (person: (number: number) => Person) =>
    Array.from({ length: connections }, (_, number) => person(number))
  console.log('bundling and starting …')
  const served = await start(secondRead ? 'gatehouse-second-read' : 'gatehouse', ours)
  const bare = await start('floor', { sql: floorSql(users) })
  const subjects: Subject[] = [
    { name: 'empty', server: await start('empty'), people: crowd(nothing), cpu: [] },
    { name: 'read', server: bare, people: crowd(floor['one D1 read']), cpu: [] },
    { name: 'profile', server: served, people: crowd((number) => ours.person('check a session', number)!), cpu: [] },
    { name: 'refresh', server: served, people: crowd((number) => ours.person('refresh a session', number)!), cpu: [] },
  ]
  try {
    for (const { name, server, people } of subjects) {
      process.stdout.write(`warming ${name} … `)
      const { perSecond } = await load(server, people, warming)
      console.log(`${perSecond.toFixed(0)}/s`)
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { server, people, cpu } of subjects) {
        const measured = await load(server, people, requests)
        cpu.push(measured.cpu ?? Number.NaN)
      }
      console.log(
        `round ${round} of ${rounds}: ${subjects.map(({ name, cpu }) => `${name} ${cpu.at(-1)!.toFixed(2)}`).join(', ')} ms`,
      )
    }
  } finally {
    await stop()
  }
  return subjects
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '15' },
      requests: { type: 'string', default: '300' },
      'second-read': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  if (process.platform !== 'linux') {
    console.log('Only Linux tells the CPU time of a process. Nothing was checked.')
    return 0
  }
  const subjects = await measure(Number(values.rounds), Number(values.requests), values['second-read'])
  const of = Object.fromEntries(subjects.map(({ name, cpu }) => [name, cpu])) as Record<string, number[]>
  const medians = subjects.map(({ name, cpu }) => `${name} ${median(cpu).toFixed(3)}`)
  console.log(`\n${medians.join(', ')} ms (CPU time per request, medians)`)
  let failed = 0
  for (const [name, bound] of Object.entries(bounds)) {
    // Of each round by itself: whatever else the machine does slows all that is measured beside each other.
    const ratios = of[name]!.map((cpu, round) => (cpu - of.empty![round]!) / (of.read![round]! - of.empty![round]!))
    const ratio = median(ratios)
    const holds = ratio <= bound
    if (!holds) failed++
    const spread = `${quantile(ratios, 0.25).toFixed(2)} to ${quantile(ratios, 0.75).toFixed(2)}`
    const said = `${ratio.toFixed(2)} × the read (half of the rounds: ${spread}); at most ${bound}`
    console.log(`${name}: ${said}: ${holds ? 'holds' : 'FAILED'}`)
  }
  return failed === 0 ? 0 : 1
}

endTogether()
process.exit(await main())
