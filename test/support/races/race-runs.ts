import { logged } from '../../worker/setup.ts'
import { type Message, type SessionBody, startApp, type TestApp } from '../app/support.ts'
import { noting, startBetween } from '../faults/fault-runs.ts'
import { connectionLost, overloaded } from '../faults/faulty.ts'
import { broken } from './invariants.ts'

/** One request of a race. Each goes to one of two isolates. */
export type Start = (app: TestApp) => Promise<Response>

/**
 * The result of a race. `answers`: in the order of the starts. `app`: one without delays. `mails`: to everybody in the
 * race.
 */
export type Result = { answers: Response[]; app: TestApp; mails: Message[] }

export type Race = {
  /** Ends with the ids of the requirements that it shows. */
  name: string
  vars?: Record<string, string>
  arrange: (app: TestApp) => Promise<{ starts: Start[]; check: (result: Result) => Promise<void> }>
}

/** Returns a generator of numbers from 0 to 1; the same seed gives the same numbers (Mulberry32, public domain). */
export const numbersOf = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Combines two numbers into a seed that differs widely from its neighbours. */
export const seedOf = (seed: number, run: number) => Math.imul(seed ^ Math.imul(run + 1, 0x9e3779b1), 0x85ebca6b) >>> 0

const staleKv = {
  get: async () => null,
  put: async () => undefined,
} as unknown as KVNamespace

/** The longest delay of a call to a binding, in milliseconds. */
const longest = 5

/**
 * Starts two isolates whose calls are delayed by times that the seed decides; `faults` is the share of calls that fail.
 * With every other seed, KV never shows a write (R15).
 */
const isolates = (random: () => number, like: TestApp, vars: Record<string, string>, faults: number) => {
  const stale = random() < 0.5
  return [1, 2].map(() => {
    const { app, mails } = startBetween(async (call, go) => {
      await scheduler.wait(Math.floor(random() * (longest + 1)))
      const struck = random() < faults
      const [before, passes] = [random() < 0.5, random() < 0.5]
      const error = call.to === 'DB' ? (passes ? connectionLost() : overloaded()) : new Error('it broke')
      if (struck && before) throw error
      if (stale && call.to === 'DENYLIST') return call.what === 'get' ? staleKv.get('') : undefined
      const result = await go()
      if (struck) throw error
      return result
    }, vars)
    app.wait({ seconds: (like.now().getTime() - app.now().getTime()) / 1000 })
    return { app, mails }
  })
}

/**
 * Runs a race once, in the order and with the delays that the seed decides, and then checks the whole database.
 * @param faults the share of calls that fail; the answers are then not checked, because any may be 503
 * @returns the broken invariants, a sentence each
 * @throws if the race itself did not end as it must
 */
export const run = async ({ arrange, vars = {} }: Race, seed: number, faults = 0): Promise<string[]> => {
  const random = numbersOf(seed)
  const sessions: SessionBody[] = []
  const app = startApp({ vars })
  const { starts, check } = await arrange(noting(app, sessions))
  const places = isolates(random, app, vars, faults)
  const order = starts.map((start, at) => ({ start, at, place: random() })).sort((a, b) => a.place - b.place)
  const answers: Response[] = new Array(starts.length)
  await Promise.all(
    order.map(async ({ start, at, place }) => {
      const isolate = places[place < 0.5 ? 0 : 1]!
      if (place > 0.9) await scheduler.wait(Math.floor(random() * longest))
      answers[at] = await start(noting(isolate.app, sessions))
    }),
  )
  await Promise.all([app, ...places.map((place) => place.app)].map(({ settled }) => settled()))
  const mails = [...app.mailbox, ...places.flatMap((place) => place.mails)]
  if (faults > 0) {
    logged()
    const wrong = answers.filter(({ status }) => status >= 500 && status !== 503)
    if (wrong.length > 0) return [`answered ${wrong.map(({ status }) => status)}`]
  } else await check({ answers, app, mails })
  // The answer to a rotation may have been lost, or somebody else may have received the newest token.
  return broken(app, { sessions, mails, unanswered: faults > 0 ? starts.length : 1 })
}
