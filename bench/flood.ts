import { parseArgs } from 'node:util'
import { Client } from 'undici'
import { endTogether } from '../scripts/process.ts'
import { gatehouse } from './gatehouse.ts'
import { load, type Person } from './load.ts'
import { median, quantile } from './numbers.ts'
import type { Running } from './servers.ts'
import { always, get } from './side.ts'
import { workshop } from './workers.ts'

const help = `
A hundred log-ins arrive at once. Meanwhile somebody asks /health, and others refresh their sessions. Fails where 95 in
100 of those do not have their answer within the time of two hashes, or where a log-in is neither let in nor told when to
come back.

  npm run flood [-- OPTIONS]

  --floods NUMBER   one after the other (5)
  --help
`

const logIns = 100

/** Those who go on with their work while the flood lasts. */
const refreshing = 3
const watching = 1

const ask = async (client: Client, person: Person) => {
  const { statusCode, headers, body } = await client.request({ ...person.ask(), headersTimeout: 120_000 })
  return { status: statusCode, headers, body: await body.text() }
}

/** Asks again and again until somebody says stop. @returns how long each answer took, in milliseconds */
const until = async (url: string, person: Person, over: () => boolean): Promise<number[]> => {
  const client = new Client(url)
  const latencies: number[] = []
  while (!over()) {
    const since = performance.now()
    person.heed(await ask(client, person))
    latencies.push(performance.now() - since)
  }
  await client.close()
  return latencies
}

type Flood = { inside: number; told: number; astray: string[]; health: number[]; refresh: number[]; seconds: number }

const flood = async (
  { url }: Running,
  people: Person[],
  watcher: () => Person,
  refresher: Person[],
): Promise<Flood> => {
  const clients = people.map(() => new Client(url))
  let over = false
  const beside = Promise.all([
    Promise.all(Array.from({ length: watching }, () => until(url, watcher(), () => over))),
    Promise.all(refresher.map((person) => until(url, person, () => over))),
  ])
  const from = performance.now()
  const answers = await Promise.all(people.map((person, index) => ask(clients[index]!, person)))
  over = true
  const seconds = (performance.now() - from) / 1000
  const [health, refresh] = await beside
  await Promise.all(clients.map((client) => client.close()))

  const isTold = ({ status, headers }: (typeof answers)[number]) =>
    (status === 503 || status === 429) && /^[1-9]\d*$/.test(String(headers['retry-after']))
  const inside = answers.filter(({ status }) => status === 200)
  const told = answers.filter(isTold)
  const astray = answers.filter((answer) => answer.status !== 200 && !isTold(answer)).map(({ status }) => `${status}`)
  return { inside: inside.length, told: told.length, astray, health: health.flat(), refresh: refresh.flat(), seconds }
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: { floods: { type: 'string', default: '5' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const { start, stop } = workshop()
  try {
    const side = await gatehouse({ users: 300, ends: 0 })
    console.log('bundling and starting …')
    const server = await start('gatehouse', side)
    const one = side.person('log in', 0)!
    await load(server, [one], 3)
    const hash = median((await load(server, [one], 7)).latencies)
    console.log(`one log-in, alone: ${hash.toFixed(0)} ms`)

    const refresher = Array.from({ length: refreshing }, (_, number) => side.person('refresh a session', number)!)
    const watcher = () => always(() => get('/health'), 200, 'healthy')
    const people = Array.from({ length: logIns }, (_, number) => side.person('log in', number)!)
    const floods: Flood[] = []
    for (let number = 1; number <= Number(values.floods); number++) {
      const made = await flood(server, people, watcher, refresher)
      floods.push(made)
      console.log(
        `flood ${number}: ${made.inside} logged in, ${made.told} told to come back, ${made.seconds.toFixed(1)} s; ` +
          `meanwhile ${made.health.length} × /health, ${made.refresh.length} × refresh`,
      )
    }

    let failed = 0
    const check = (holds: boolean, what: string) => {
      if (!holds) failed++
      console.log(`${holds ? 'holds ' : 'FAILED'}  ${what}`)
    }
    console.log()
    for (const name of ['health', 'refresh'] as const) {
      const latencies = floods.flatMap((made) => made[name])
      const p95 = quantile(latencies, 0.95)
      const words = `p50 ${quantile(latencies, 0.5).toFixed(0)} ms, p95 ${p95.toFixed(0)} ms; at most ${(2 * hash).toFixed(0)} ms`
      check(p95 <= 2 * hash, `${name}: ${words} (two hashes)`)
    }
    const astray = floods.flatMap((made) => made.astray)
    check(
      astray.length === 0,
      `every log-in is let in or told when to come back${astray.length > 0 ? `: ${astray}` : ''}`,
    )
    check(
      floods.every(({ inside }) => inside > 0),
      'some are let in',
    )
    check(
      floods.every(({ told }) => told > 0),
      'the queue is bounded: some are told',
    )
    return failed === 0 ? 0 : 1
  } finally {
    await stop()
  }
}

endTogether()
process.exit(await main())
