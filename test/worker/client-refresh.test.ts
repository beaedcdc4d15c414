import { afterEach, describe, it, vi } from 'vitest'
import { createClient, json, memoryTokens } from '../../client/dist/index.js'
import { codeOf, origin, stubBrowser, wayTo } from '../support/app/client-support.ts'
import { member, somePassword, startApp } from '../support/app/support.ts'

/** A user signed in through a client whose access token has expired since. */
const expired = async ({ bearer }: { bearer: boolean }) => {
  const app = startApp()
  const email = await member(app)
  const way = wayTo(app)
  const tokens = memoryTokens()
  const onSignedOut = vi.fn()
  const client = createClient({ url: origin, fetch: way.fetch, onSignedOut, ...(bearer && { tokens }) })
  await client.api.auth.login.$post({ json: { email, password: somePassword }, query: {} })
  app.wait({ minutes: 16 })
  // A browser drops the cookie with the token in it.
  way.cookies.delete('token')
  way.seen.length = 0
  return { app, email, way, tokens, onSignedOut, client, profile: () => json(client.api.user.profile.$get()) }
}

const refresh = 'POST /api/auth/refresh'
const profile = 'GET /api/user/profile'
const sessions = 'GET /api/user/sessions'

afterEach(() => vi.unstubAllGlobals())

describe.for([{ bearer: false }, { bearer: true }])(
  'a client whose access token has expired (bearer: $bearer)',
  (mode) => {
    it('refreshes once, and nobody notices (F3)', async ({ expect }) => {
      const { email, way, profile: me, onSignedOut } = await expired(mode)

      const user = await me()

      expect(user.email).toBe(email)
      expect(way.seen).toEqual([profile, refresh, profile])
      expect(onSignedOut).not.toHaveBeenCalled()
    })

    it('refreshes once for requests that go at once', async ({ expect }) => {
      const { client, way, profile: me } = await expired(mode)

      const replies = await Promise.all([me(), json(client.api.user.sessions.$get()), me(), me(), me()])

      expect(replies).toHaveLength(5)
      expect(way.count(refresh)).toBe(1)
      expect(way.count(profile)).toBe(8)
    })

    it('does not refresh again for an answer that comes late', async ({ expect }) => {
      const { client, way, profile: me } = await expired(mode)
      let answer: (response: Response) => void = () => {}
      way.instead.set(sessions, () => new Promise((resolve) => (answer = resolve)))
      const late = json(client.api.user.sessions.$get())
      await vi.waitFor(() => expect(way.count(sessions)).toBe(1))
      await me()

      way.instead.clear()
      answer(Response.json({ code: 'invalid_token', detail: 'expired' }, { status: 401 }))

      expect((await late).sessions).toHaveLength(1)
      expect(way.count(refresh)).toBe(1)
    })

    it('says once that the session has ended, and sends nothing again', async ({ expect }) => {
      const { app, way, profile: me, onSignedOut, tokens } = await expired(mode)
      app.wait({ days: 8 })

      const codes = await Promise.all([codeOf(me()), codeOf(me()), codeOf(me())])

      const usual = mode.bearer ? 'invalid_token' : 'not_authenticated'
      expect(codes).toEqual([usual, usual, usual])
      expect(onSignedOut).toHaveBeenCalledTimes(1)
      expect(way.count(refresh)).toBe(1)
      expect(way.count(profile)).toBe(3)
      expect(await tokens.get()).toBeUndefined()
    })

    it('does not try again for an answer that comes after that', async ({ expect }) => {
      const { app, client, way, profile: me, onSignedOut } = await expired(mode)
      app.wait({ days: 8 })
      let answer: (response: Response) => void = () => {}
      way.instead.set(sessions, () => new Promise((resolve) => (answer = resolve)))
      const late = codeOf(json(client.api.user.sessions.$get()))
      await vi.waitFor(() => expect(way.count(sessions)).toBe(1))
      await codeOf(me())

      answer(Response.json({ code: 'invalid_token', detail: 'expired' }, { status: 401 }))

      expect(await late).toBe('invalid_token')
      expect(way.count(refresh)).toBe(1)
      expect(onSignedOut).toHaveBeenCalledTimes(1)
    })

    it('stays signed in while the service cannot refresh (F3)', async ({ expect }) => {
      const { email, way, profile: me, onSignedOut } = await expired(mode)
      way.instead.set(refresh, async () => {
        const problem = { code: 'dependency_unavailable', detail: 'Try again.' }
        return Response.json(problem, { status: 503, headers: { 'Retry-After': '7' } })
      })

      const code = await codeOf(me())
      way.instead.set(refresh, () => Promise.reject(new TypeError('fetch failed')))
      const then = await codeOf(me())
      way.instead.clear()

      expect([code, then]).toEqual(['dependency_unavailable', 'unreachable'])
      expect(onSignedOut).not.toHaveBeenCalled()
      expect((await me()).email).toBe(email)
    })

    it.for(['no answer', 'no connection'] as const)(
      'asks once more if there is %s, and continues with the same session',
      async (what, { expect }) => {
        const { app, email, way, profile: me, onSignedOut } = await expired(mode)
        if (what === 'no answer') vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
        let asked = 0
        way.lose(refresh, async (answer, signal) => {
          if (++asked > 1) return answer()
          // The service moved the session on, but nobody received the answer.
          await answer()
          if (what === 'no connection') throw new TypeError('Failed to fetch')
          await vi.advanceTimersByTimeAsync(10_000)
          throw signal!.reason
        })

        const user = await me().finally(() => vi.useRealTimers())

        expect(user.email).toBe(email)
        expect([asked, way.count(refresh)]).toEqual([2, 2])
        expect(onSignedOut).not.toHaveBeenCalled()
        app.wait({ minutes: 16 })
        way.cookies.delete('token')
        expect((await me()).email).toBe(email)
      },
    )

    it('continues with its session, although every answer was lost for minutes', async ({ expect }) => {
      const { app, email, way, profile: me, onSignedOut } = await expired(mode)
      const found = way.lose(refresh, async (answer) => {
        await answer()
        throw new TypeError('Failed to fetch')
      })
      for (let n = 0; n < 3; n++) {
        expect(await codeOf(me())).toBe('unreachable')
        app.wait({ minutes: 4 })
      }
      found()

      expect((await me()).email).toBe(email)
      expect(onSignedOut).not.toHaveBeenCalled()
    })

    it('needs nothing that React Native and pages without TLS lack', async ({ expect }) => {
      const { email, way, tokens } = await expired(mode)
      const { timeout } = AbortSignal
      const { throwIfAborted } = AbortSignal.prototype
      const { randomUUID } = crypto
      const have = (is: boolean) => {
        Object.assign(AbortSignal, { timeout: is ? timeout : undefined })
        Object.assign(AbortSignal.prototype, { throwIfAborted: is ? throwIfAborted : undefined })
        Object.assign(crypto, { randomUUID: is ? randomUUID : undefined })
      }
      // The service runs in the same isolate and needs these functions.
      const fetch: typeof way.fetch = async (...request) => {
        have(true)
        try {
          return await way.fetch(...request)
        } finally {
          have(false)
        }
      }
      const client = createClient({ url: origin, fetch, ...(mode.bearer && { tokens }) })
      have(false)
      try {
        const { signal } = new AbortController()
        const user = await json(client.api.user.profile.$get({}, { init: { signal } }))
        expect(user.email).toBe(email)
      } finally {
        have(true)
      }
    })

    it('gives up after one refresh that did not help', async ({ expect }) => {
      const { way, profile: me, onSignedOut } = await expired(mode)
      way.instead.set(profile, async () => Response.json({ code: 'invalid_token', detail: 'no' }, { status: 401 }))

      const code = await codeOf(me())

      expect(code).toBe('invalid_token')
      expect(way.seen).toEqual([profile, refresh, profile])
      expect(onSignedOut).not.toHaveBeenCalled()
    })

    it('lets one request be aborted while the others wait for the refresh', async ({ expect }) => {
      const { client, email, way, profile: me } = await expired(mode)
      const release = way.holdBack(refresh)
      const stop = new AbortController()

      const aborted = codeOf(client.api.user.profile.$get(undefined, { init: { signal: stop.signal } }))
      const other = me()
      await vi.waitFor(() => expect(way.count(refresh)).toBe(1))
      stop.abort()

      expect(await aborted).toBe('AbortError')
      release()
      expect((await other).email).toBe(email)
      expect(way.count(refresh)).toBe(1)
    })
  },
)

describe('two tabs', () => {
  it('refresh once if the browser has locks', async ({ expect }) => {
    const { stored } = stubBrowser()
    const { app, email, way, profile: me } = await expired({ bearer: false })
    const otherWay = wayTo(app, way.cookies)
    const other = createClient({ url: origin, fetch: otherWay.fetch })
    const release = way.holdBack(refresh)

    const both = Promise.all([me(), json(other.api.user.profile.$get())])
    await vi.waitFor(() => expect([way.count(refresh), otherWay.count(profile)]).toEqual([1, 1]))
    release()

    expect((await both).map((user) => user.email)).toEqual([email, email])
    expect(way.count(refresh) + otherWay.count(refresh)).toBe(1)
    expect([...stored.values()].join()).not.toMatch(/[.]/)
  })

  it('each refresh without harm if the browser has no locks', async ({ expect }) => {
    const { app, email, way, profile: me } = await expired({ bearer: false })
    const other = createClient({ url: origin, fetch: wayTo(app, way.cookies).fetch })

    const users = await Promise.all([me(), json(other.api.user.profile.$get())])

    expect(users.map((user) => user.email)).toEqual([email, email])
  })
})

describe('a client that keeps tokens itself', () => {
  it('takes them from a log-in, and forgets them at the log-out, answered or not', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const way = wayTo(app)
    const set = vi.fn()
    const client = createClient({ url: origin, fetch: way.fetch, tokens: { ...memoryTokens(), set } })

    await client.api.auth.login.$post({ json: { email, password: somePassword }, query: {} })
    way.instead.set('POST /api/auth/logout', () => Promise.reject(new TypeError('fetch failed')))
    await client.api.auth.logout.$post({ json: {} }).catch(() => {})

    expect(set.mock.calls).toEqual([
      [{ accessToken: expect.stringMatching(/^ey/), refreshToken: expect.any(String), userId: expect.any(String) }],
      [undefined],
    ])
    expect(way.cookies.size).toBe(0)
  })

  it('sends no refresh without a token', async ({ expect }) => {
    const way = wayTo(startApp())
    const onSignedOut = vi.fn()
    const client = createClient({ url: origin, fetch: way.fetch, tokens: memoryTokens(), onSignedOut })

    const code = await codeOf(client.api.user.profile.$get())

    expect(code).toBe('not_authenticated')
    expect(way.seen).toEqual([profile])
    expect(onSignedOut).not.toHaveBeenCalled()
  })

  it('never shows tokens to scripts in cookie mode', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const client = createClient({ url: origin, fetch: wayTo(app).fetch })

    const reply = await json(client.api.auth.login.$post({ json: { email, password: somePassword }, query: {} }))

    expect(reply.user.email).toBe(email)
    expect(reply).not.toHaveProperty('access_token')
    expect(reply).not.toHaveProperty('refresh_token')
  })
})
