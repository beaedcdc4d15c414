import { parseArgs } from 'node:util'
import { endTogether } from '../cli/lib/process.ts'
import { floor, floorSql, nothing } from './floor-side.ts'
import { gatehouse } from './gatehouse.ts'
import { load, type Person } from './load.ts'
import { quantile } from './numbers.ts'
import type { Running } from './servers.ts'
import { workshop } from './workers.ts'

/**
 * How much CPU time profile and refresh may take, as multiples of the floor's. docs/decisions/0020-floor.md explains
 * why refresh is not compared with a read.
 */
const bounds = {
  profile: { most: 1.3, of: 'read' },
  refresh: { most: 1.9, of: 'write' },
} as const

const help = `
Compares the CPU time of profile and refresh with that of a bare Hono Worker that does only the least that each needs:
one D1 point read, or one D1 write beside one KV read. The time of an empty Worker is subtracted from all. Fails above
these bounds:
${Object.entries(bounds)
  .map(([name, { most, of }]) => `${name} ${most} × the ${of}`)
  .join(', ')}.

  npm run floor [-- OPTIONS]

  --rounds NUMBER     how often each is measured, in turn (41)
  --requests NUMBER   requests of each in a round (600)
  --second-read       puts a second read of D1 into Gatehouse: this must fail
  --help

Other work on the machine only adds to a time, so the lower quartile of the rounds counts. It takes three minutes on a
machine that does nothing else, and needs Linux, which reports the CPU time of a process.
`

const connections = 16

/** Requests after which a Worker's code is as fast as it gets. */
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
    { name: 'write', server: bare, people: crowd(floor['one D1 write beside one KV read']), cpu: [] },
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
      rounds: { type: 'string', default: '41' },
      requests: { type: 'string', default: '600' },
      'second-read': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  if (process.platform !== 'linux') {
    console.log('Only Linux reports the CPU time of a process. Nothing was checked.')
    return 0
  }
  const subjects = await measure(Number(values.rounds), Number(values.requests), values['second-read'])
  const cpu = (name: string, share: number) =>
    quantile(subjects.find((subject) => subject.name === name)!.cpu, share) || Number.NaN
  const medians = subjects.map(({ name }) => `${name} ${cpu(name, 0.5).toFixed(3)}`)
  console.log(`\n${medians.join(', ')} ms (CPU time per request, medians)`)
  const ratio = (name: string, of: string, share: number) =>
    (cpu(name, share) - cpu('empty', share)) / (cpu(of, share) - cpu('empty', share))
  const said = (name: string, of: string) =>
    `${name}: ${ratio(name, of, 0.25).toFixed(2)} × the ${of} (by the medians ${ratio(name, of, 0.5).toFixed(2)})`
  let failed = 0
  for (const [name, { most, of }] of Object.entries(bounds)) {
    const holds = ratio(name, of, 0.25) <= most
    if (!holds) failed++
    console.log(`${said(name, of)}; at most ${most}: ${holds ? 'holds' : 'FAILED'}`)
  }
  console.log(`${said('refresh', 'read')}; ${said('write', 'read')}`)
  return failed === 0 ? 0 : 1
}

endTogether()
process.exit(await main())
