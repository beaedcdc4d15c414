import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { logged } from '../../worker/setup.ts'
import { cookiesOf, type Message, type SessionBody, startApp, type TestApp } from '../app/support.ts'
import { broken } from '../races/invariants.ts'
import type { Operation, Request } from './fault-world.ts'
import { type Between, bindingsOf, type Call, faultyBindings } from './faulty-bindings.ts'

/** A call that an operation makes, and whether its reply waits for it. */
export type Recorded = Call & { awaited: boolean }

export type Recording = { calls: Recorded[]; mails: number }

/** What happens to one call. `once`: the next attempt at it succeeds, as after a transient fault. */
export type Fault = {
  id: string
  when: 'before' | 'after' | 'hang'
  error?: () => unknown
  /** The reply is the usual one. */
  hidden?: boolean
}

/**
 * How a reply depends on each dependency: it is 503 if it waits for D1, R2 or Images and they fail, and does without
 * all others. `budget`: milliseconds after which a hanging call is abandoned.
 */
const policies: Record<string, { needed: (what: string) => boolean; budget: number }> = {
  DB: { needed: () => true, budget: 3000 },
  AVATARS: { needed: () => true, budget: 10_000 },
  IMAGES: { needed: () => true, budget: 10_000 },
  // Static files come with the Worker and contain no user's data.
  ASSETS: { needed: () => true, budget: Number.POSITIVE_INFINITY },
  DENYLIST: { needed: () => false, budget: 50 },
  EMAIL: { needed: () => false, budget: 0 },
  SHIELD: { needed: () => false, budget: 100 },
}

export const policyOf = ({ to, what, awaited }: Recorded) => {
  const policy = policies[to]
  if (!policy) throw new Error(`no policy says what becomes of a request while ${to} is down`)
  return { fails: awaited && policy.needed(what), budget: policy.budget }
}

const chances = {
  cookie: /token=[^;]/,
  body: /_token"|"message":"(?!.*down)|D1_|SQLITE|\b(select|insert|update|delete) |at \w+ \(|\.ts:/i,
}

/** Finds personal data and internal details in a refusal, which must contain neither. */
const leaks = (text: string, response: Response) => {
  const given = Object.values(cookiesOf(response)).some((value) => value !== '')
  return given || chances.body.test(text)
}

export type Run = { app: TestApp; mails: Message[] }

/** The service with all its bindings behind `between`; its mails are in `mails`. */
export const startBetween = (between: Between, vars: Partial<Record<string, string>> = {}): Run => {
  const mails: Message[] = []
  const EMAIL = {
    send: async (message: Message) => {
      mails.push(message)
      return { messageId: `<${mails.length}@example.com>` }
    },
  }
  const SHIELD = { limit: async () => ({ success: true }) }
  const bindings = faultyBindings({ ...bindingsOf(env), EMAIL, SHIELD }, between)
  return { app: startApp({ bindings, vars }), mails }
}

/** Returns the app with every token in its replies recorded. */
export const noting = <App extends TestApp>(app: App, sessions: SessionBody[]): App => {
  const note = async (reply: Promise<Response>) => {
    const response = await reply
    if (response.headers.get('Content-Type')?.includes('json')) {
      const body = (await response.clone().json()) as Partial<SessionBody>
      const { refresh_token = cookiesOf(response).refresh_token } = body
      if (body.access_token) sessions.push({ ...body, refresh_token } as SessionBody)
    }
    return response
  }
  return {
    ...app,
    call: (...args: Parameters<TestApp['call']>) => note(app.call(...args)),
    request: (...args: Parameters<TestApp['request']>) => note(app.request(...args)),
  }
}

export const send = ({ request }: Pick<TestApp, 'request'>, { operation, ...call }: Request) => request(operation, call)

/**
 * Arranges a world in the past minute, so that its people may get another mail, and returns every token and mail they
 * got.
 */
export const arranged = async ({ arrange }: Operation, vars: Partial<Record<string, string>> = {}) => {
  const sessions: SessionBody[] = []
  const before = startApp({ vars })
  before.wait({ minutes: -1, seconds: -1 })
  const { request, done, holds } = await arrange(noting(before, sessions))
  return { request, done, holds, sessions, mails: [...before.mailbox] }
}

const recordings = new Map<Operation, Promise<Recording>>()

/** Milliseconds by which each call is delayed while it is recorded: a reply that comes earlier did not wait for it. */
const late = 8

/** Records every call that an operation makes without faults, before its reply and after it. */
export const record = (operation: Operation): Promise<Recording> => {
  const known = recordings.get(operation)
  if (known) return known
  const recording = (async () => {
    const { request } = await arranged(operation)
    const calls: (Call & { ended: boolean })[] = []
    const { app, mails } = startBetween(async (call, go) => {
      const entry = { ...call, ended: false }
      calls.push(entry)
      await scheduler.wait(late)
      const result = await go()
      entry.ended = true
      return result
    })
    const reply = await send(app, request)
    const ended = calls.map(({ ended }) => ended)
    await reply.arrayBuffer()
    await app.settled()
    if (reply.status !== operation.status) throw new Error(`${operation.name} is ${reply.status} while all is well`)
    return {
      calls: calls
        .map(({ number, to, what, sql }, index) => ({ number, to, what, sql, awaited: ended[index] === true }))
        // The counter of these tests sends a single SELECT twice.
        .filter(({ what }, index) => !what.startsWith('select') || calls[index - 1]?.what !== what),
      mails: mails.length,
    }
  })()
  recordings.set(operation, recording)
  return recording
}

/** The last call to D1 that the reply waits for takes effect; those before it only read. */
export const effectOf = ({ calls }: Recording) => calls.findLast(({ to, awaited }) => to === 'DB' && awaited)

/** Sends a request of which one call gets no answer until `wake` is called, moves the clock, and returns the result. */
const sendHanging = async (
  request: Request,
  { number, to }: Recorded,
  budget: number,
  waits: boolean,
  sessions: SessionBody[],
) => {
  const { promise: awake, resolve: wake } = Promise.withResolvers<void>()
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  let lateCall: Promise<unknown> = Promise.resolve()
  const { app, mails } = startBetween((call, go) => {
    if (call.number !== number || call.to !== to) return go()
    reach()
    lateCall = awake.then(go)
    return lateCall
  })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const faults: string[] = []
  const pending = send(noting(app, sessions), request)
  await Promise.race([reached, pending.then(() => scheduler.wait(500))])
  if (waits) {
    await vi.advanceTimersByTimeAsync(budget - 1)
    if (await Promise.race([pending, scheduler.wait(3).then(() => undefined)])) faults.push('answered before its time')
    await vi.advanceTimersByTimeAsync(1)
  } else await vi.advanceTimersByTimeAsync(Math.min(budget, 10_000))
  const reply = await Promise.race([pending, scheduler.wait(10_000).then(() => undefined)])
  if (!waits) await vi.advanceTimersByTimeAsync(10_000)
  vi.useRealTimers()
  const end = async () => {
    wake()
    await lateCall.catch(() => undefined)
    await app.settled()
  }
  return { app, mails, reply, end, faults }
}

/**
 * Makes one call of an operation fail and checks the reply, the log, whether it took effect, and the invariants. Then
 * sends the same request to a service without faults, and checks again.
 * @returns what is wrong, a sentence each
 *
 */
export const strike = async (operation: Operation, call: Recorded, fault: Fault): Promise<string[]> => {
  const recording = await record(operation)
  const { fails, budget } = policyOf(call)
  const hang = fault.when === 'hang'
  const refused = fails && !fault.hidden
  const faults: string[] = []
  const check = (holds: boolean, sentence: string) => {
    if (!holds) faults.push(sentence)
  }

  const { request, done, holds, sessions, mails } = await arranged(operation)
  let result: { app: TestApp; mails: Message[]; reply: Response | undefined; end?: () => Promise<void> }
  if (hang) {
    const hanging = await sendHanging(request, call, budget, fails, sessions)
    faults.push(...hanging.faults)
    result = hanging
  } else {
    const run = startBetween(async ({ number, to }, go) => {
      // Words that an earlier mail has fetched are not fetched again, so another call may have this number.
      if (number !== call.number || to !== call.to) return go()
      if (fault.when === 'after') await go()
      throw fault.error?.() ?? new Error('it broke')
    })
    // The pause before another attempt is random.
    const pause = vi.spyOn(Math, 'random').mockReturnValue(0)
    result = { ...run, reply: await send(noting(run.app, sessions), request) }
    await run.app.settled()
    pause.mockRestore()
  }
  const { reply } = result
  if (!reply) {
    await result.end?.()
    return [...faults, 'no answer within the budget']
  }

  const text = await reply.clone().text()
  if (refused) {
    check(reply.status === 503, `answered ${reply.status} instead of 503`)
    check(/^\d+$/.test(reply.headers.get('Retry-After') ?? ''), 'has no Retry-After')
    check(text.includes('"code":"dependency_unavailable"'), `says ${text}`)
    check(!leaks(text, reply), `leaks: ${text} ${reply.headers.getSetCookie()}`)
  } else {
    check(reply.status === operation.status, `answered ${reply.status} instead of ${operation.status}`)
  }
  const lines = logged()
  // A monitor asks for readiness again in a moment, and reads only the status.
  const told = refused && operation.operation !== 'GET /health/ready'
  check(told ? lines.length === 1 : lines.length <= 1, `${lines.length} lines in the log: ${lines}`)
  check(!/@example|passphrase|\b(select|insert|update|delete) /i.test(lines.join('')), `the log says ${lines}`)

  const healthy = startApp()
  const effect = effectOf(recording)
  const took = !refused || (fault.when === 'after' && call.number === effect?.number)
  const first = await done?.(healthy)
  check(first === undefined || first === took, first ? 'took effect and says that it failed' : 'took no effect')
  check(!holds || (await holds(healthy, took)), 'a condition that must also hold does not')
  const seen = { sessions, looked: new Set<string>(), mails: [...mails, ...result.mails], admin: true }
  faults.push(...(await broken(healthy, { ...seen, unanswered: 1 })))

  const again = await send(noting(healthy, seen.sessions), request)
  await again.arrayBuffer()
  await healthy.settled()
  const expected = took ? operation.again : operation.status
  check(again.status === expected, `sent again, it answered ${again.status} instead of ${expected}`)
  await result.end?.()
  check((await done?.(healthy)) !== false, 'sent again, it took no effect')
  check(!holds || (await holds(healthy, true)), 'sent again, a condition that must also hold does not')

  healthy.wait({ minutes: 1, seconds: 1 })
  await healthy.services.mailDelivery.deliverDue()
  const all = [...result.mails, ...healthy.mailbox]
  const copies = Map.groupBy(all, ({ to, text }) => `${to} ${text}`)
  // Some mails have neither a link nor a time, so a repeated or late one reads the same as the first.
  const anew = operation.mailsAgain && (took || hang) ? 1 : 0
  check(
    [...copies.values()].every(({ length }) => length <= 2 + anew),
    'a mail went out more than twice (F9)',
  )
  check(
    call.to === 'EMAIL' || call.what.startsWith('update "mail" set "sent_at"') || all.length <= copies.size + anew,
    `a mail went out twice: ${all.map(({ to, subject }) => `${to} ${subject}`)}`,
  )
  check(all.length >= Math.min(1, recording.mails), 'a mail got lost')
  // Tokens whose reply was lost stay lost if the repeated request is refused: the client refreshes with those it has.
  const lost = hang || (refused && took && !again.ok)
  faults.push(...(await broken(healthy, { ...seen, mails: [...mails, ...all], unanswered: lost ? 1 : 0 })))
  logged()
  return faults.map(
    (sentence) => `${fault.id} ${fault.when} ${call.to} ${call.number} (${call.what.slice(0, 60)}): ${sentence}`,
  )
}
