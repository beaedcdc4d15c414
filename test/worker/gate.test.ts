import { afterEach, describe, it, vi } from 'vitest'
import type { AuthError } from '../../src/domain/errors.ts'
import { createGate } from '../../src/domain/gate.ts'
import {
  member,
  somePassword as password,
  signedInUser,
  someAddress,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'

describe('the gate before hashing', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  /** Runs jobs through one gate, and records the order in which they began. */
  const watched = () => {
    const { enter, admitStranger } = createGate()
    const began: string[] = []
    const job = (name: string, work = () => {}) =>
      enter(() => {
        began.push(name)
        work()
        return name
      })
    return { began, enter: job, admitStranger }
  }

  /** Lets so many enter at once. */
  const crowd = (enter: (name: string) => Promise<string>, size: number) =>
    Array.from({ length: size }, (_, at) => enter(`${at + 1}`))

  const refusal = (work: () => unknown): Promise<AuthError> =>
    Promise.resolve()
      .then(work)
      .then(
        () => Promise.reject(new Error('was not refused')),
        (error) => error,
      )

  it('lets them through in the order they came (ASVS 15.2.2)', async ({ expect }) => {
    const { began, enter } = watched()
    const names = ['first', 'second', 'third', 'fourth']

    const passed = await Promise.all(names.map((name) => enter(name)))

    expect(passed).toEqual(names)
    expect(began).toEqual(names)
  })

  it('gives others a turn between one job and the next, however many wait (F19)', async ({ expect }) => {
    const { began, enter } = watched()
    // Another request, which needs several turns of the event loop.
    const other = async () => {
      for (let turns = 5; turns > 0; turns--) await scheduler.wait(0)
      began.push('other')
    }
    let somebody: Promise<void> | undefined
    const slow = () => {
      // Longer than waiting requests sleep, so that their timers are due together when it ends.
      for (const end = Date.now() + 20; Date.now() < end; );
      somebody ??= other()
    }

    await Promise.all(['first', 'second', 'third'].map((name) => enter(name, slow)))
    await somebody

    expect(began).toEqual(['first', 'other', 'second', 'third'])
  })

  it('holds eight, and tells the ninth to come back later (A-32)', async ({ expect }) => {
    const { began, enter } = watched()
    const within = crowd(enter, 9)

    const refused = await refusal(() => enter('10'))

    expect(refused).toMatchObject({ code: 'busy', retryAfter: 5 })
    expect(await Promise.all(within)).toHaveLength(9)
    expect(began).not.toContain('10')
  })

  it('tells each client when there will be a place, and nobody to wait longer than a minute (A-32)', async ({
    expect,
  }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { enter } = watched()
    const within = crowd(enter, 9)

    const told: number[] = []
    for (let n = 0; n < 150; n++) told.push((await refusal(() => enter('late'))).retryAfter!)

    // Nine are before the first, and each is assumed to take half a second until jobs have been measured.
    expect(told.slice(0, 6)).toEqual([5, 5, 6, 6, 7, 7])
    expect(told.slice(-30)).toEqual(Array(30).fill(60))
    expect(Math.max(...told)).toBe(60)
    await Promise.all(within)
  })

  it('learns from those who pass how long the others wait (A-32)', async ({ expect }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { enter } = watched()
    const slow = () => void vi.setSystemTime(Date.now() + 1000)
    await Promise.all(Array.from({ length: 9 }, (_, at) => enter(`${at}`, slow)))
    await Promise.all(Array.from({ length: 9 }, (_, at) => enter(`${at}`, slow)))

    const within = crowd(enter, 9)
    const refused = await refusal(() => enter('10'))

    expect(refused.retryAfter).toBe(9)
    await Promise.all(within)
  })

  it('keeps two places from strangers (A-32)', async ({ expect }) => {
    const { enter, admitStranger } = watched()
    const within = crowd(enter, 6)
    admitStranger()
    within.push(enter('7'))

    const refused = await refusal(admitStranger)
    within.push(enter('8'), enter('9'))

    expect(refused).toMatchObject({ code: 'busy', retryAfter: 4 })
    expect(await Promise.all(within)).toHaveLength(9)
  })

  it('accepts requests again when the earlier ones are done (A-32)', async ({ expect }) => {
    const { enter, admitStranger } = watched()
    await Promise.all(crowd(enter, 9))

    admitStranger()
    const next = await enter('next')

    expect(next).toBe('next')
  })

  it('is open again after a job that failed (ASVS 1.4.3)', async ({ expect }) => {
    const { enter } = watched()
    const failed = enter('fails', () => {
      throw new Error('no memory')
    }).catch((error: Error) => error.message)

    const next = await enter('next')

    expect(await failed).toBe('no memory')
    expect(next).toBe('next')
  })

  it.for([
    { what: 'at the head of the line', gone: 0 },
    { what: 'in the middle of the line', gone: 1 },
    { what: 'at the end of the line', gone: 2 },
  ])('keeps no place for a request that went away $what (F13)', async ({ gone }, { expect }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { began, enter } = watched()
    const wait = scheduler.wait.bind(scheduler)
    const names = ['first', 'second', 'third']
    const spy = vi.spyOn(scheduler, 'wait')
    const staying: Promise<string>[] = []
    for (const [at, name] of names.entries()) {
      // A request whose client hung up is not resumed after a wait.
      spy.mockImplementation(at === gone ? () => new Promise(() => {}) : wait)
      const entered = enter(name)
      if (at !== gone) staying.push(entered)
    }
    spy.mockImplementation(wait)

    vi.setSystemTime(Date.now() + 2000)
    const passed = await Promise.all(staying)
    const later = await Promise.all(crowd(enter, 9))

    expect(passed).toEqual(names.filter((_, at) => at !== gone))
    expect(later).toHaveLength(9)
    expect(began).not.toContain(names[gone])
  })

  it('forgets nobody who waits while a job takes long', async ({ expect }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { enter } = watched()
    const slow = () => void vi.setSystemTime(Date.now() + 60_000)
    const first = enter('first', slow)
    const waiting = [enter('second', slow), enter('third', slow)]

    await first
    const newcomer = enter('newcomer', slow)

    expect(await Promise.all([...waiting, newcomer])).toEqual(['second', 'third', 'newcomer'])
  })
})

describe('a flood of strangers', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  /** Makes so many wait before the hash that never check whether it is their turn. */
  const fill = async (app: TestApp, size: number) => {
    const wait = scheduler.wait.bind(scheduler)
    let held = 0
    const spy = vi.spyOn(scheduler, 'wait').mockImplementation((time, options) => {
      if (time > 5 || held === size) return wait(time, options)
      held++
      return new Promise(() => {})
    })
    for (let n = 0; n < size; n++)
      void app.request('POST /api/auth/login', { json: { email: someAddress(), password } })
    await vi.waitFor(() => {
      if (held < size) throw new Error('not yet')
    })
    return spy
  }

  it('is refused before it reaches the database, and leaves places for known devices (A-05, A-32, F19)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const email = await member(app)
    const entered = await app.call('POST /api/auth/login', { json: { email, password } })
    const device = /device=([^;]+)/.exec(entered.headers.getSetCookie().join())![1]!
    vi.useFakeTimers({ toFake: ['Date'] })
    const looks = await fill(app, 7)

    const logIn = await app.cost('POST /api/auth/login', { json: { email, password } })
    const registration = await app.cost('POST /api/auth/register', { json: { email: someAddress(), password } })
    looks.mockClear()
    const known = app.request('POST /api/auth/login', { json: { email, password }, cookies: { device } })
    await vi.waitFor(() => expect(looks).toHaveBeenCalled())
    const signedIn = stepUp(app, { bearer: access_token, json: { password } })
    await vi.waitFor(() => expect(looks.mock.calls.length).toBeGreaterThan(20))
    // Requests that no longer check count as gone.
    vi.setSystemTime(Date.now() + 2000)

    for (const { response, trips, tripsAfter } of [logIn, registration]) {
      expect([response.status, trips, tripsAfter]).toEqual([503, 0, 0])
      expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0)
    }
    expect([(await known).status, (await signedIn).status]).toEqual([200, 200])
  })
})
