import { createHash } from 'node:crypto'
import { describe, it, vi } from 'vitest'
import {
  codeOf,
  linkIn,
  logIn,
  mailsTo,
  member,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { logged } from './setup.ts'

const breached = 'nine llamas on the 7th floor'
const unknown = 'eight llamas on the 9th floor'

const hashOf = (password: string) => createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase()

const padding = Array.from(
  { length: 800 },
  (_, at) => `${createHash('sha1').update(`${at}`).digest('hex').slice(0, 35).toUpperCase()}:0`,
)

type Answer = (init: RequestInit, prefix: string) => Promise<Response> | Response

/** Stands in for the range API: `breached` and nothing else has been seen, among lines of padding. */
const usual: Answer = (_, prefix) => {
  const hash = hashOf(breached)
  const lines = hash.startsWith(prefix) ? [...padding, `${hash.slice(5)}:42`] : padding
  return new Response(lines.sort().join('\r\n'))
}

const rangeApi = (answer: Answer = usual) => {
  const asked: { url: string; init: RequestInit }[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation((async (url: string, init: RequestInit) => {
    asked.push({ url, init })
    return answer(init, url.slice(-5))
  }) as typeof fetch)
  return asked
}

const start = () => startApp({ vars: { BREACH_CHECK: 'on' } })

const skips = async (app: TestApp) => {
  await app.settled()
  const { results } = await app.db
    .prepare("select event, user_id, ip, user_agent, count from audit where event = 'breach_check_skipped'")
    .all()
  await app.db.prepare("delete from audit where event = 'breach_check_skipped'").run()
  return results
}

/** Every way to set a new password. Each returns a reply, and shows whether the password was set. */
const ways = {
  'a registration': async (app: TestApp, password: string) => {
    const email = someAddress()
    const response = await register(app, email, password)
    return { response, set: mailsTo(app, email).length > 0, field: 'password' }
  },
  'a reset': async (app: TestApp, password: string) => {
    const email = await member(app)
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const token = linkIn(app, email)
    const response = await app.call('POST /api/auth/reset-password', { json: { token, new_password: password } })
    const login = await app.call('POST /api/auth/login', { json: { email, password } })
    return { response, set: login.status === 200, field: 'new_password' }
  },
  'a change of the password': async (app: TestApp, password: string) => {
    const { email, access_token: bearer } = await signedInUser(app)
    const json = { current_password: somePassword, new_password: password }
    const response = await app.call('POST /api/user/change-password', { bearer, json })
    const login = await app.call('POST /api/auth/login', { json: { email, password } })
    return { response, set: login.status === 200, field: 'new_password' }
  },
}

const each = Object.entries(ways).map(([name, way]) => ({ name, way }))

describe('a password known from a breach', () => {
  it.for(each)('is refused by $name, and the reason is given (ASVS 6.2.12, N10)', async ({ way }, { expect }) => {
    rangeApi()
    const { response, set, field } = await way(start(), breached)

    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      code: 'password_breached',
      errors: [{ field, code: 'password_breached', detail: expect.stringContaining('data breach') }],
    })
    expect(set).toBe(false)
  })

  it.for(each)(
    'is the only kind that is refused: $name accepts one that is only padding or unknown',
    async ({ way }, { expect }) => {
      rangeApi((_, prefix) => {
        const hash = hashOf(unknown)
        return new Response([...padding, ...(hash.startsWith(prefix) ? [`${hash.slice(5)}:0`] : [])].join('\r\n'))
      })
      const { response, set } = await way(start(), unknown)

      expect(response.ok).toBe(true)
      expect(set).toBe(true)
    },
  )

  it.for(each)('is accepted by $name if the check is off, and nobody is asked', async ({ way }, { expect }) => {
    const asked = rangeApi()
    const { set } = await way(startApp(), breached)

    expect(set).toBe(true)
    expect(asked).toEqual([])
  })

  it('still works at log-in, because the rule is for new passwords', async ({ expect }) => {
    rangeApi()
    const app = startApp()
    const email = await member(app, someAddress(), breached)
    const strict = start()

    expect((await strict.call('POST /api/auth/login', { json: { email, password: breached } })).status).toBe(200)
  })

  it('is recognised by its NFC form, which is what is hashed', async ({ expect }) => {
    const decomposed = 'vingt-six e\u0301le\u0301phants gris'
    rangeApi((_, prefix) => {
      const hash = hashOf(decomposed.normalize('NFC'))
      return new Response(hash.startsWith(prefix) ? `${hash.slice(5)}:1` : padding.join('\n'))
    })

    expect(await codeOf(await register(start(), someAddress(), decomposed))).toBe('password_breached')
  })
})

describe('the request to the list', () => {
  it('contains five digits of the hash and nothing else about the password or the user (ASVS 13.2.4, 15.3.2)', async ({
    expect,
  }) => {
    const asked = rangeApi()
    const email = someAddress()
    await register(start(), email, unknown)

    expect(asked).toHaveLength(1)
    expect(asked[0]!.url).toBe(`https://api.pwnedpasswords.com/range/${hashOf(unknown).slice(0, 5)}`)
    expect(asked[0]!.init).toMatchObject({ redirect: 'manual', headers: { 'Add-Padding': 'true' } })
    expect(Object.keys(asked[0]!.init.headers!).sort()).toEqual(['Add-Padding', 'User-Agent'])
    expect(asked[0]!.init.body).toBeUndefined()
  })

  it('is sent after the local rules and after the limits (A-32)', async ({ expect }) => {
    const asked = rangeApi()
    const app = startApp({ vars: { BREACH_CHECK: 'on', THROTTLE_FACTOR: '0.05' } })

    expect(await codeOf(await register(app, someAddress(), 'password1'))).toBe('password_too_common')
    expect(asked).toEqual([])
    expect((await register(app, someAddress(), unknown)).status).toBe(201)
    expect((await register(app, someAddress(), unknown)).status).toBe(429)
    expect(asked).toHaveLength(1)
  })

  it('is not sent for a stranger: a wrong link, a wrong current password', async ({ expect }) => {
    const asked = rangeApi()
    const app = start()
    const { access_token: bearer } = await (async () => {
      const email = await member(startApp())
      return logIn(app, email)
    })()
    const token = `${'A'.repeat(22)}.${'A'.repeat(43)}`

    expect((await app.call('POST /api/auth/reset-password', { json: { token, new_password: unknown } })).status).toBe(
      400,
    )
    const json = { current_password: 'not the one', new_password: unknown }
    expect((await app.call('POST /api/user/change-password', { bearer, json })).status).toBe(422)
    expect(asked).toEqual([])
  })

  it('makes no difference between known and unknown addresses (A-02)', async ({ expect }) => {
    const asked = rangeApi()
    const app = start()
    const known = someAddress()
    await register(app, known, unknown)
    const replies = [await register(app, known, breached), await register(app, someAddress(), breached)]
    const [a, b] = await Promise.all(
      replies.map(async (reply) => (await reply.text()).replace(/"request_id":"[^"]+"/, '')),
    )

    expect(a).toBe(b)
    expect(asked).toHaveLength(3)
  })
})

describe('when nobody answers in time', () => {
  const never: Answer = ({ signal }) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  const halfWay: Answer = ({ signal }) =>
    new Response(
      new ReadableStream({
        start: (controller) => signal?.addEventListener('abort', () => controller.error(signal.reason)),
      }),
    )
  let sent = 0
  const endless = () => {
    sent = 0
    const lines = new TextEncoder().encode(`${padding.join('\r\n')}\r\n`)
    return new Response(
      new ReadableStream({
        pull: (controller) => {
          sent += lines.length
          controller.enqueue(lines)
        },
      }),
    )
  }

  it.for<{ what: string; answer: Answer }>([
    { what: 'no answer at all', answer: never },
    {
      what: 'an answer that stops half-way',
      answer: halfWay,
    },
    { what: 'a network error', answer: () => Promise.reject(new TypeError('Network connection lost.')) },
    { what: '429', answer: () => new Response('slow down', { status: 429 }) },
    { what: '503', answer: () => new Response('', { status: 503 }) },
    {
      what: 'a redirect',
      answer: () => new Response(null, { status: 302, headers: { Location: 'http://10.0.0.1/' } }),
    },
    { what: 'a page of HTML', answer: () => new Response('<h1>Welcome to our hotel</h1>') },
    { what: 'nothing', answer: () => new Response('') },
    { what: 'more than there can be', answer: endless },
  ])(
    'the password is accepted, and the audit records that: $what (ASVS 16.5.2)',
    { timeout: 8000 },
    async ({ answer }, { expect }) => {
      rangeApi(answer)
      const app = start()
      const since = Date.now()
      const response = await register(app, someAddress(), breached)

      expect(response.status).toBe(201)
      expect(Date.now() - since).toBeLessThan(4000)
      expect(sent).toBeLessThan(1_000_000)
      expect(await skips(app)).toEqual([
        { event: 'breach_check_skipped', user_id: null, ip: null, user_agent: null, count: 1 },
      ])
      expect(logged()).toEqual([expect.stringContaining('"at":"breach check"')])
    },
  )

  it('the list of common passwords still holds', async ({ expect }) => {
    rangeApi(() => new Response('', { status: 503 }))

    expect(await codeOf(await register(start(), someAddress(), 'passwordpassword'))).toBe('password_too_common')
  })

  it('many share a row of the audit within a quarter of an hour', async ({ expect }) => {
    rangeApi(() => new Response('', { status: 503 }))
    const app = start()
    for (let count = 0; count < 3; count++) await register(app, someAddress(), unknown)

    const rows = await skips(app)
    expect(rows.reduce((sum, { count }) => sum + Number(count), 0)).toBe(3)
    expect(rows.length).toBeLessThanOrEqual(2)
    logged()
  })
})
