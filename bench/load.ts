import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'undici'
import { cpuOf } from './cpu.ts'
import type { Served } from './serve.ts'

export type Ask = { method: 'GET' | 'POST'; path: string; headers?: Record<string, string>; body?: string }
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }

/**
 * One client. `heed` gets each answer, which may affect the next request, and throws if the answer is not the right
 * one.
 */
export type Person = { ask: () => Ask; heed: (answer: Answer) => void }

/**
 * The result of one load. Times are in milliseconds; `cpu` is that of the serving process per answer, if the system
 * reports it.
 */
export type Measured = { perSecond: number; latencies: number[]; cpu: number | undefined; shed: number }

/** Milliseconds for which the Worker's work after a reply may go on. */
const settling = 60

/** Sends one request, and repeats it as often as the reply asks to come back later. */
export const send = async (client: Client, ask: Ask, shed: () => void = () => {}): Promise<Answer> => {
  for (let tries = 0; ; tries++) {
    const { statusCode, headers, body } = await client.request({ ...ask, headersTimeout: 60_000 })
    const answer = { status: statusCode, headers, body: await body.text() }
    const later = Number(headers['retry-after'])
    if ((statusCode !== 503 && statusCode !== 429) || !later || tries === 20) return answer
    shed()
    await sleep(later * 1000)
  }
}

/**
 * Each person asks, waits for the answer and asks again, until all of them together have sent so many requests: a
 * closed loop, with one connection each. A request that is told to come back later does so at that time, and its time
 * includes the wait.
 */
export const load = async ({ url, pid }: Served, people: Person[], requests: number): Promise<Measured> => {
  const clients = people.map(() => new Client(url, { pipelining: 1, keepAliveTimeout: 60_000 }))
  const latencies: number[] = []
  let left = requests
  let shed = 0
  const cpuBefore = cpuOf(pid)
  const from = performance.now()
  await Promise.all(
    people.map(async ({ ask, heed }, index) => {
      while (left-- > 0) {
        const asked = ask()
        const since = performance.now()
        const answer = await send(clients[index]!, asked, () => shed++)
        latencies.push(performance.now() - since)
        heed(answer)
      }
    }),
  )
  const seconds = (performance.now() - from) / 1000
  await Promise.all(clients.map((client) => client.close()))
  await sleep(settling)
  const cpuAfter = cpuOf(pid)
  const cpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : (cpuAfter - cpuBefore) / latencies.length
  return { perSecond: latencies.length / seconds, latencies, cpu, shed }
}
