import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { faultsOf, subjects } from '../../operations/index.ts'
import { logged } from '../../worker/setup.ts'
import { cookiesOf, startApp } from '../app/support.ts'
import { broken } from '../races/invariants.ts'
import { arranged, effectOf, type Fault, type Recorded, record, send, startBetween, strike } from './fault-runs.ts'
import { forgetOthers, type Operation } from './fault-world.ts'
import { connectionLost, overloaded } from './faulty.ts'

/** Makes every call of these operations fail in every way (F1 to F9 and F18), and checks the invariants I1 to I8. */
export const faultSuites = async (group: (keyof typeof subjects)[]) => {
  const operations = group.flatMap((subject) => faultsOf(subjects[subject]))

  /** Each operation, with every call it makes without faults. A new call of the service is included automatically. */
  const recorded: { operation: Operation; name: string; calls: Recorded[] }[] = []
  for (const operation of operations)
    recorded.push({ operation, name: operation.name, calls: (await record(operation)).calls })

  const asking = (...whom: string[]) =>
    recorded.flatMap(({ calls, ...of }) => {
      const those = calls.filter(({ to }) => whom.includes(to))
      return those.length > 0 ? { ...of, calls: those } : []
    })

  const others = [...new Set(recorded.flatMap(({ calls }) => calls.map(({ to }) => to)))].filter((to) => to !== 'DB')

  beforeEach(() => {
    const app = startApp()
    app.wait({ minutes: -1, seconds: -1 })
    return forgetOthers(app)
  })

  afterEach(() => void vi.useRealTimers())

  const strikes = async (operation: Operation, calls: Recorded[], faultsOf: (call: Recorded) => Fault[]) => {
    const faults: string[] = []
    for (const call of calls) for (const fault of faultsOf(call)) faults.push(...(await strike(operation, call, fault)))
    return faults
  }

  describe('while D1 answers nothing', () => {
    const needing = asking('DB').filter(({ calls }) => calls.some(({ awaited }) => awaited))

    it.for(needing)(
      '$name answers 503, changes and mails nothing, and works afterwards (F1, F5, I1–I8, ASVS 16.5.2)',
      async ({ operation }, { expect }) => {
        const { request, done, sessions, mails } = await arranged(operation)
        const asked = new Set<string>()
        const slow = startBetween(({ to, what }, go) => {
          if (to !== 'DB') return go()
          // Only the counter of these tests sends a single SELECT twice.
          if (asked.has(what) && !what.startsWith('select')) asked.add(`${what} again`)
          asked.add(what)
          return Promise.reject(overloaded())
        })
        const down = startBetween(({ to }, go) => (to === 'DB' ? Promise.reject(connectionLost()) : go()))
        const healthy = startApp()

        vi.spyOn(Math, 'random').mockReturnValue(0)
        const refused = [await send(slow.app, request), await send(down.app, request)]
        await Promise.all([slow.app.settled(), down.app.settled()])
        const lines = logged()
        const before = await done?.(healthy)
        const faults = await broken(healthy, { sessions, mails, admin: true })
        const answered = await send(healthy, request)
        await healthy.settled()

        for (const reply of refused) {
          const text = await reply.text()
          expect(reply.status).toBe(503)
          expect(JSON.parse(text)).toMatchObject({ code: 'dependency_unavailable' })
          expect(reply.headers.get('Retry-After')).toMatch(/^\d+$/)
          expect(text).not.toMatch(/token"|D1_|Network|select|users/)
          expect(Object.values(cookiesOf(reply)).join('')).toBe('')
        }
        // There is no second attempt while D1 is overloaded, because that would keep it so (F5).
        expect(asked.size).toBe(1)
        expect([...slow.mails, ...down.mails]).toEqual([])
        expect(lines).toHaveLength(operation.operation === 'GET /health/ready' ? 0 : 2)
        expect(before).not.toBe(true)
        expect(faults).toEqual([])
        // The denylist may already have the session of a log-out that D1 missed; repeating the log-out works all the same.
        expect(answered.status).toBe(operation.status)
      },
    )
  })

  describe('a call to D1', () => {
    const full = () => new Error('D1_ERROR: database or disk is full: SQLITE_FULL')
    const tooBig = () => new Error('D1_ERROR: string or blob too big: SQLITE_TOOBIG')

    it.for(asking('DB'))(
      'that fails, before or after it took effect, leaves all or nothing of: $name (F2, F3, F18, I1–I8, ASVS 2.3.3)',
      { timeout: 60_000 },
      async ({ operation, calls }, { expect }) => {
        const effect = effectOf(await record(operation))
        const faults = await strikes(operation, calls, (call) => {
          if (!call.awaited) return [{ id: 'F2', when: 'before', error: overloaded }]
          const before: Fault = { id: 'F2', when: 'before', error: overloaded }
          if (call.number !== effect?.number) return [before]
          return [
            before,
            { id: 'F2', when: 'before', error: connectionLost, hidden: true },
            { id: 'F3', when: 'after', error: overloaded },
            { id: 'F3', when: 'after', error: connectionLost, hidden: true },
            { id: 'F18', when: 'before', error: call.number % 2 ? full : tooBig },
          ]
        })

        expect(faults).toEqual([])
      },
    )

    it.for(asking('DB'))(
      'that hangs is given up after three seconds, and does no harm when it answers late: $name (F4, I1–I8)',
      { timeout: 60_000 },
      async ({ operation, calls }, { expect }) => {
        const faults = await strikes(operation, calls, ({ awaited }) => (awaited ? [{ id: 'F4', when: 'hang' }] : []))

        expect(faults).toEqual([])
      },
    )
  })

  describe('a call to another binding', () => {
    /** A refusal of the mail service has a code. */
    const refused = () => Object.assign(new Error('no mail to ada@example.com'), { code: 'E_INTERNAL_SERVER_ERROR' })
    const id = ({ to }: Recorded, when: Fault['when']) => {
      if (to === 'EMAIL') return when === 'after' ? 'F9' : 'F8'
      return 'F6'
    }

    it.for(asking(...others))(
      'that fails or hangs affects only replies that need it: $name (F6, F8, F9, I1–I8)',
      { timeout: 60_000 },
      async ({ operation, calls }, { expect }) => {
        const faults = await strikes(operation, calls, (call) => {
          const whens: Fault['when'][] = ['before', ...(call.to === 'DENYLIST' ? [] : (['after'] as const))]
          // Static files come with the Worker, so they cannot hang.
          if (call.to !== 'ASSETS') whens.push('hang')
          return whens.map((when) => ({ id: id(call, when), when, error: refused }))
        })

        expect(faults).toEqual([])
      },
    )
  })
}
