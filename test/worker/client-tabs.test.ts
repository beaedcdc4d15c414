import { afterEach, describe, it, vi } from 'vitest'
import { createClient, GatehouseError, memoryTokens, type Tokens } from '../../client/dist/index.js'
import { adminVerbs, verbs } from '../../client/verbs.ts'
import { documented } from '../operations/document.ts'
import { codeOf, origin, stubBrowser, wayTo } from '../support/app/client-support.ts'
import { member, somePassword as password, startApp } from '../support/app/support.ts'

/** The functions of the client by which a signed-in user changes something. */
const ownWrites = (all: Record<string, string>) => {
  const writes = documented.filter(({ operation, access }) => access !== 'nobody' && !operation.startsWith('GET '))
  const known = new Set(writes.map(({ operation }) => operation))
  return Object.keys(all).filter((verb) => known.has(all[verb]!.replace(':id', '{id}')))
}

const ask = (functions: object) => functions as Record<string, (given: object) => Promise<unknown>>

/** Two tabs of one browser, and two users who log in there. */
const twoTabs = async () => {
  const browser = stubBrowser()
  const app = startApp()
  const [ada, bob] = [await member(app), await member(app)]
  const cookies = new Map<string, string>()
  const openTab = () => {
    const way = wayTo(app, cookies)
    const [onSignedOut, onUserChanged] = [vi.fn(), vi.fn()]
    const auth = createClient({ url: origin, fetch: way.fetch, onSignedOut, onUserChanged })
    const calls = () => [onUserChanged.mock.calls.length, onSignedOut.mock.calls.length]
    return { auth, way, onSignedOut, onUserChanged, calls }
  }
  return { app, browser, ada, bob, cookies, openTab, here: openTab(), there: openTab() }
}

const nameOf = async (auth: ReturnType<typeof createClient>) => (await auth.getProfile()).name

afterEach(() => vi.unstubAllGlobals())

describe('a tab', () => {
  it('is notified of a log-in in another tab, which is not notified itself', async ({ expect }) => {
    const { here, there, ada } = await twoTabs()

    const { user } = await there.auth.logIn({ email: ada, password })

    expect(here.onUserChanged.mock.calls).toEqual([[user.id]])
    expect(here.onSignedOut).not.toHaveBeenCalled()
    expect(there.calls()).toEqual([0, 0])
  })

  it('is notified of a log-out in another tab', async ({ expect }) => {
    const { here, there, ada } = await twoTabs()
    await here.auth.logIn({ email: ada, password })

    await there.auth.logOut()

    expect(here.calls()).toEqual([0, 1])
    expect(there.calls()).toEqual([1, 0])
  })

  it('is notified of another user in another tab, and of the first when they come back', async ({ expect }) => {
    const { here, there, ada, bob } = await twoTabs()
    const first = await here.auth.logIn({ email: ada, password })

    const second = await there.auth.logIn({ email: bob, password })
    const third = await there.auth.logIn({ email: ada, password })

    expect(here.onUserChanged.mock.calls).toEqual([[second.user.id], [third.user.id]])
    expect(third.user.id).toBe(first.user.id)
  })

  it('is not notified if another tab refreshes for the same user', async ({ expect }) => {
    const { app, here, there, ada, cookies } = await twoTabs()
    await here.auth.logIn({ email: ada, password })
    await there.auth.getProfile()
    app.wait({ minutes: 16 })
    cookies.delete('token')

    await there.auth.getProfile()
    await there.auth.changePassword({ current_password: password, new_password: 'another fine passphrase' })

    expect(here.calls()).toEqual([0, 0])
    expect(there.calls()).toEqual([1, 0])
  })

  it('is notified when another tab finds that the session has ended', async ({ expect }) => {
    const { app, here, there, ada, cookies } = await twoTabs()
    await here.auth.logIn({ email: ada, password })
    await there.auth.getProfile()
    app.wait({ days: 8 })
    cookies.delete('token')

    const code = await codeOf(there.auth.getProfile())

    expect(code).toBe('not_authenticated')
    expect([here.calls(), there.calls()]).toEqual([
      [0, 1],
      [1, 1],
    ])
  })

  it('learns what it missed when it returns from the browser’s back-forward cache', async ({ expect }) => {
    const { browser, here, ada } = await twoTabs()
    await here.auth.logIn({ email: ada, password })
    const key = [...browser.stored.keys()][0]!
    browser.stored.set(key, 'later somebody-else')

    browser.dispatch('pageshow', { persisted: false })
    expect(here.calls()).toEqual([0, 0])
    browser.dispatch('pageshow', { persisted: true })

    expect(here.onUserChanged.mock.calls).toEqual([['somebody-else']])
  })
})

describe('a tab that shows one user while another is logged in', () => {
  it('does not write into the account of the other', async ({ expect }) => {
    const { here, there, ada, bob } = await twoTabs()
    await here.auth.logIn({ email: ada, password })
    await here.auth.getProfile()
    await there.auth.logIn({ email: bob, password })
    here.way.seen.length = 0

    const writes = [
      ...ownWrites(verbs).map((verb) => ask(here.auth)[verb]!),
      ...ownWrites(adminVerbs).map((verb) => ask(here.auth.admin)[verb]!),
    ]
    const codes = []
    for (const write of writes) codes.push(await codeOf(write({ id: 'somebody' })))
    codes.push(await codeOf(here.auth.api.user.profile.$patch({ json: { name: 'Ada' } })))

    expect(codes.length).toBeGreaterThanOrEqual(15)
    expect(new Set(codes)).toEqual(new Set(['user_changed']))
    expect(here.way.seen).toEqual([])
    expect(await nameOf(there.auth)).toBeNull()
  })

  it('does not write if it finds out only after its own refresh', async ({ expect }) => {
    const { here, there, ada, bob } = await twoTabs()
    await here.auth.logIn({ email: ada, password })
    const write = 'PATCH /api/user/profile'
    let answer: (response: Response) => void = () => {}
    here.way.instead.set(write, () => new Promise((resolve) => (answer = resolve)))
    const late = codeOf(here.auth.updateProfile({ name: 'Ada' }))
    await vi.waitFor(() => expect(here.way.count(write)).toBe(1))

    await there.auth.logIn({ email: bob, password })
    here.way.instead.clear()
    answer(Response.json({ code: 'invalid_token', detail: 'expired' }, { status: 401 }))

    expect(await late).toBe('user_changed')
    expect(here.way.count(write)).toBe(1)
    expect(await nameOf(there.auth)).toBeNull()
  })

  it('writes again once it shows whoever is logged in', async ({ expect }) => {
    const { here, there, ada, bob } = await twoTabs()
    await here.auth.logIn({ email: ada, password })
    await there.auth.logIn({ email: bob, password })

    await here.auth.getProfile()
    await here.auth.updateProfile({ name: 'Bob' })

    expect(await nameOf(there.auth)).toBe('Bob')
    expect(here.onUserChanged).toHaveBeenCalledTimes(1)
  })

  it('refuses a form of the first user, whatever else the page has read since', async ({ expect }) => {
    const { here, there, ada, bob } = await twoTabs()
    const { user } = await here.auth.logIn({ email: ada, password })
    await there.auth.logIn({ email: bob, password })
    await here.auth.getProfile()

    const code = await codeOf(here.auth.updateProfile({ name: 'Ada' }, { expectedUser: user.id }))

    expect(code).toBe('user_changed')
    expect(await nameOf(there.auth)).toBeNull()
  })

  it('is refused by the service if nothing else reveals it', async ({ expect }) => {
    const { app, browser, here, ada, bob, cookies } = await twoTabs()
    await here.auth.logIn({ email: ada, password })
    // The server of the site handles the form, so no client is involved.
    const way = wayTo(app, cookies)
    await way.fetch(`${origin}/api/auth/login`, { method: 'POST', ...form({ username: bob, password }) })
    const before = new Map(browser.stored)

    const user = await here.auth.getProfile()

    expect(user.email).toBe(bob)
    expect(here.onUserChanged.mock.calls).toEqual([[user.id]])
    expect([...before.values()].join()).not.toContain(user.id)
    expect([...browser.stored.values()].join()).toContain(user.id)
  })

  it('has the words for it', ({ expect }) => {
    expect(new GatehouseError('user_changed')).toMatchObject({ status: 0, message: expect.stringMatching(/else/) })
  })
})

const form = (members: Record<string, string>) => ({
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(members).toString(),
})

describe('a refusal that comes late', () => {
  it.for([{ bearer: false }, { bearer: true }])(
    'leaves the session of a log-in that came meanwhile (bearer: $bearer)',
    async ({ bearer }, { expect }) => {
      const { app, ada, cookies } = await twoTabs()
      const tokens = memoryTokens()
      const open = () => {
        const way = wayTo(app, cookies)
        const onSignedOut = vi.fn()
        const auth = createClient({ url: origin, fetch: way.fetch, onSignedOut, ...(bearer && { tokens }) })
        return { auth, way, onSignedOut }
      }
      const [here, there] = [open(), open()]
      await here.auth.logIn({ email: ada, password })
      app.wait({ days: 8 })
      cookies.delete('token')
      let answered = () => {}
      const refused = new Promise<void>((resolve) => (answered = resolve))
      here.way.lose('POST /api/auth/refresh', async (answer) => {
        const response = await answer()
        await refused
        return response
      })
      const late = here.auth.getProfile()
      await vi.waitFor(() => expect(here.way.count('POST /api/auth/refresh')).toBe(1))

      await there.auth.logIn({ email: ada, password })
      answered()

      expect((await late).email).toBe(ada)
      expect(here.onSignedOut).not.toHaveBeenCalled()
      expect(cookies.has('refresh_token')).toBe(!bearer)
    },
  )
})

describe('clients that keep tokens in one place', () => {
  /** Stores values as `localStorage` does: whole, and as text. */
  const textStore = () => {
    let text = ''
    return {
      get: () => (text ? (JSON.parse(text) as Tokens) : undefined),
      set: (tokens: Tokens | undefined) => {
        text = tokens ? JSON.stringify(tokens) : ''
      },
    }
  }

  it('are notified at their next request, and write into nobody else’s account', async ({ expect }) => {
    const app = startApp()
    const [ada, bob] = [await member(app), await member(app)]
    const tokens = textStore()
    const [onUserChanged, onSignedOut] = [vi.fn(), vi.fn()]
    const fetch = wayTo(app).fetch
    const here = createClient({ url: origin, fetch, tokens, onUserChanged, onSignedOut })
    const there = createClient({ url: origin, fetch, tokens })
    await here.logIn({ email: ada, password })
    const { user } = await there.logIn({ email: bob, password })

    const code = await codeOf(here.updateProfile({ name: 'Ada' }))
    await there.logOut()
    const after = await codeOf(here.getProfile())

    expect([code, after]).toEqual(['user_changed', 'not_authenticated'])
    expect(onUserChanged.mock.calls).toEqual([[user.id]])
    expect(onSignedOut).toHaveBeenCalledTimes(1)
  })
})
