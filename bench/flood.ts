import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Client } from 'undici'
import { endTogether } from '../cli/lib/process.ts'
import { memoryOf } from './cpu.ts'
import { floor, floorSql } from './floor-side.ts'
import { gatehouse } from './gatehouse.ts'
import { type Answer, load, type Person } from './load.ts'
import { median, quantile } from './numbers.ts'
import { always, get } from './side.ts'
import { type Workshop, workshop } from './workers.ts'

const help = `
A hundred log-ins arrive at once, and those that are told to come back later do so. Meanwhile other clients ask /health
or refresh their sessions. Fails if fewer than 95 % of those get their answer within the time of two hashes, if a log-in
is neither let in nor told when to come back, if most clients that come back as told are sent away again, or if memory
grows.

  npm run flood [-- OPTIONS]

  --floods NUMBER    how many floods, one after the other (3); each takes as long as its hashes
  --log-ins NUMBER   how many log-ins arrive at once (100)
  --engine NAME      the PASSWORD_ENGINE: noble or native (noble)
  --help
`

/** How many clients go on refreshing sessions, and how many go on asking /health, while the flood lasts. */
const refreshing = 3
const watching = 1

/** How often a client comes back before it gives up. */
const patience = 20

/** Whole seconds that the gate looks ahead. A client that is told to wait this long is promised no place. */
const horizon = 60

/**
 * The share of promised places that must exist: newcomers may have taken some, and the machine may have slowed down.
 */
const truthful = 0.7

/**
 * Megabytes that log-ins may add to the serving process from the first flood to the last. A hash needs 32, and V8
 * collects used memory late.
 */
const growth = 128

/**
 * Returns the megabytes by which the simulator grows with so many requests, whatever the Worker does: it never shrinks.
 * A bare Worker that writes as often shows it.
 */
const grownBare = async (start: Workshop['start'], requests: number): Promise<number> => {
  const users = 16
  const server = await start('floor', { sql: floorSql(users) })
  const people = Array.from({ length: users }, (_, number) => floor['one D1 write beside one KV read'](number))
  await load(server, people, 4000)
  const before = memoryOf(server.pid) ?? 0
  await load(server, people, requests)
  return (memoryOf(server.pid) ?? 0) - before
}

const ask = async (client: Client, person: Person): Promise<Answer> => {
  const { statusCode, headers, body } = await client.request({ ...person.ask(), headersTimeout: 120_000 })
  return { status: statusCode, headers, body: await body.text() }
}

/** An answer that a client waited for: the milliseconds, and how many log-ins were let in meanwhile. */
type Waited = { milliseconds: number; hashes: number }

type Flood = {
  /** For each log-in that was let in, the number of its attempt. */
  inside: number[]
  /** For each client that was told when there would be a place, whether there was one. */
  promises: boolean[]
  /** Log-ins that were neither let in nor told when to come back. */
  astray: string[]
  health: Waited[]
  refresh: Waited[]
  seconds: number
}

const flood = async (url: string, people: Person[], watchers: Person[], refreshers: Person[]): Promise<Flood> => {
  const from = performance.now()
  const inside: number[] = []
  const promises: boolean[] = []
  const astray: string[] = []
  let over = false

  const enter = async (person: Person) => {
    const client = new Client(url)
    let later = horizon
    for (let attempt = 1; attempt <= patience; attempt++) {
      const { status, headers } = await ask(client, person)
      if (attempt > 1 && later < horizon) promises.push(status === 200)
      later = Number(headers['retry-after'])
      if (status === 200) inside.push(attempt)
      else if ((status !== 503 && status !== 429) || !(later >= 1)) astray.push(`${status}`)
      else if (attempt === patience) astray.push(`${status} again and again`)
      else {
        await sleep(later * 1000)
        continue
      }
      break
    }
    await client.close()
  }

  /** Asks again and again while the flood lasts. */
  const goOn = async (person: Person): Promise<Waited[]> => {
    const client = new Client(url)
    const waited: Waited[] = []
    while (!over) {
      const [since, before] = [performance.now(), inside.length]
      person.heed(await ask(client, person))
      waited.push({ milliseconds: performance.now() - since, hashes: inside.length - before })
    }
    await client.close()
    return waited
  }

  const beside = Promise.all([watchers, refreshers].map((group) => Promise.all(group.map(goOn))))
  await Promise.all(people.map(enter))
  over = true
  const [health, refresh] = await beside
  return {
    inside,
    promises,
    astray,
    health: health!.flat(),
    refresh: refresh!.flat(),
    seconds: (performance.now() - from) / 1000,
  }
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      floods: { type: 'string', default: '3' },
      'log-ins': { type: 'string', default: '100' },
      engine: { type: 'string', default: 'noble' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const { start, stop } = workshop()
  try {
    const side = await gatehouse({ users: 300, ends: 0 })
    console.log('bundling and starting …')
    const native = values.engine === 'native'
    const bindings = { ...side.bindings, PASSWORD_ENGINE: values.engine }
    const server = await start(native ? 'gatehouse-native' : 'gatehouse', { ...side, bindings })
    const one = side.person('log in', 0)!
    const people = Array.from({ length: Number(values['log-ins']) }, (_, number) => side.person('log in', number)!)
    // From hashes that follow one another, the gate learns how long a hash takes here.
    await load(server, people.slice(0, 7), 14)

    const refreshers = Array.from({ length: refreshing }, (_, number) => side.person('refresh a session', number)!)
    const watchers = Array.from({ length: watching }, () => always(() => get('/health'), 200, 'healthy'))
    const alone: number[] = []
    const floods: Flood[] = []
    const memory: number[] = []
    for (let number = 1; number <= Number(values.floods); number++) {
      // Measured before each flood, so that other work on the machine affects both alike.
      const before = (await load(server, [one], 5)).latencies
      alone.push(...before)
      const made = await flood(server.url, people, watchers, refreshers)
      floods.push(made)
      memory.push(memoryOf(server.pid) ?? 0)
      const attempts = Array.from(
        { length: Math.max(...made.inside) },
        (_, at) => made.inside.filter((n) => n === at + 1).length,
      )
      console.log(
        `flood ${number}: ${attempts.join(' + ')} let in at the first attempt, the second, …; ${made.seconds.toFixed(1)} s; ` +
          `meanwhile ${made.health.length} × /health, ${made.refresh.length} × refresh; ` +
          `one log-in alone: ${median(before).toFixed(0)} ms; memory ${memory.at(-1)!.toFixed(0)} MB`,
      )
    }

    let failed = 0
    const check = (holds: boolean, what: string) => {
      if (!holds) failed++
      console.log(`${holds ? 'holds ' : 'FAILED'}  ${what}`)
    }
    const hash = median(alone)
    console.log(`\none log-in alone: ${hash.toFixed(0)} ms`)
    for (const name of ['health', 'refresh'] as const) {
      const waited = floods.flatMap((made) => made[name])
      const times = waited.map(({ milliseconds }) => milliseconds)
      const hashes = waited.map((one) => one.hashes)
      const p95 = quantile(times, 0.95)
      check(
        p95 <= 2 * hash,
        `${name}: p50 ${quantile(times, 0.5).toFixed(0)} ms, p95 ${p95.toFixed(0)} ms: ${(p95 / hash).toFixed(2)} hashes; at most 2`,
      )
      check(
        quantile(hashes, 0.95) <= 2,
        `${name}: p95 of the log-ins let in while it waited: ${quantile(hashes, 0.95)}, most ${Math.max(...hashes)}; at most 2`,
      )
    }
    const attempts = floods.flatMap(({ inside }) => inside)
    const astray = floods.flatMap((made) => made.astray)
    check(astray.length === 0, ['every log-in is let in or told when to come back', ...astray].join(' '))
    const promises = floods.flatMap((made) => made.promises)
    const kept = promises.filter((one) => one).length / promises.length
    check(
      kept >= truthful,
      `who comes back when there is a place finds one: ${(kept * 100).toFixed(0)} of 100; at least ${truthful * 100}. ` +
        `Attempts until let in: ${median(attempts)}, at most ${Math.max(...attempts)}`,
    )
    const grown = memory.at(-1)! - memory[0]!
    const besides = floods.slice(1).reduce((sum, { health, refresh }) => sum + health.length + refresh.length, 0)
    const bare = await grownBare(start, besides)
    check(
      grown - bare <= growth,
      `memory: ${grown.toFixed(0)} MB more after the last flood than after the first; at most ${growth} more than the ` +
        `${bare.toFixed(0)} of a bare Worker after as many other requests`,
    )
    return failed === 0 ? 0 : 1
  } finally {
    await stop()
  }
}

endTogether()
process.exit(await main())
