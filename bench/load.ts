import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'undici'
import { cpuOf } from './cpu.ts'
import type { Served } from './serve.ts'

export type Ask = { method: 'GET' | 'POST'; path: string; headers?: Record<string, string>; body?: string }
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }

/** One client: it asks, and what it is answered may decide what it asks next. Throws where the answer is not the right one. */
export type Person = { ask: () => Ask; heed: (answer: Answer) => void }

/** What came of one load. Times in milliseconds; `cpu` of the serving process for each answer, where the system tells it. */
export type Measured = { perSecond: number; latencies: number[]; cpu: number | undefined; shed: number }

/** After an answer this may still go on: what the Worker does behind its reply. */
const settling = 60

/** Sends one request, and again as often as it is told to come back later. */
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
 * Each person asks, waits for the answer and asks again, until all have asked so often together: a closed loop, with a
 * connection each. A request that is told to come back comes back when it was told to, and its time runs on.
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
