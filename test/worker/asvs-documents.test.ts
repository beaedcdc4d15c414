import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, it } from 'vitest'
import openApi from '../../docs/openapi.json'
import { limits } from '../../src/domain/limits.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import {
  codeOf,
  linkIn,
  logIn,
  mailsTo,
  profile,
  signedInUser,
  someAddress,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

const pages = import.meta.glob('../../{docs/**/*,*}.md', { query: '?raw', import: 'default', eager: true })

const page = (path: string) => {
  const text = pages[`../../${path}`]
  if (!text) throw new Error(`there is no ${path}`)
  return text
}

/** Returns the text below a heading, up to the next one. */
const below = (path: string, heading: string) => {
  const [, text] = page(path).split(new RegExp(`^#+ ${heading}$`, 'm'))
  if (text === undefined) throw new Error(`${path} has no heading ${heading}`)
  return text.split(/^#+ /m)[0]!
}

/** Returns the cells of each row of the tables in a text, without the heads and the lines below them. */
const rows = (text: string) =>
  [...text.matchAll(/^\|(.*)\|\s*$/gm)]
    .map(([, line = '']) => line.split('|').map((cell) => cell.trim()))
    .filter(([first = '']) => first.startsWith('`'))

const seconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

describe('docs/reference/limits.md', () => {
  it('has the rates that are enforced, and no other (ASVS 2.1.3, 6.1.1)', ({ expect }) => {
    const table = rows(below('docs/reference/limits.md', 'Rates')).filter(([name = '']) => /^`LIMIT_\w+`$/.test(name))
    const documented = table.map(([name = '', , rate = '']) => {
      const [, limit, window, unit = ''] = /^`(\d+)\/(\d+)([smhd])`$/.exec(rate) ?? []
      return [name.replaceAll('`', ''), Number(limit), Number(window) * seconds[unit]!]
    })

    const enforced = Object.values(limits).map(({ setting, limit, window }) => [setting, limit, window / 1000])
    expect(documented.sort()).toEqual(enforced.sort())
  })

  it('says how guessing is held back without locking anybody out, and how it is configured (ASVS 6.1.1)', ({
    expect,
  }) => {
    const text = page('docs/reference/limits.md')

    for (const words of ['before anything is hashed', 'THROTTLE_FACTOR', 'Retry-After', 'network'])
      expect(text).toContain(words)
    expect(text).toMatch(/new password by mail|reset by mail|by mail/)
  })
})

describe('SECURITY.md', () => {
  it('says how soon a vulnerable component is replaced, depending on the severity (ASVS 15.1.1)', ({ expect }) => {
    const text = page('SECURITY.md')

    expect(text).toMatch(/critical[^.]*48 hours/i)
    expect(text).toMatch(/high[^.]*(7|seven) days/i)
    expect(text).toMatch(/package|dependenc|component/i)
  })
})

type Audience = 'everybody' | 'user' | 'admin'

/** Operations as docs/reference/endpoints.md lists them, by the head of their table. */
const endpoints = () => {
  const heads: Record<string, Audience> = {
    'For everybody': 'everybody',
    'About the service': 'everybody',
    'For signed-in users': 'user',
    'For admins': 'admin',
  }
  let audience: Audience | undefined
  return below('docs/reference/endpoints.md', 'Endpoints')
    .split('\n')
    .flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim())
      if (cells[1] && heads[cells[1]]) audience = heads[cells[1]]
      const spans = [...(cells[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, span]) => span!)
      const path = spans.at(-1)
      return audience && path?.startsWith('/')
        ? spans.slice(0, -1).map((method) => ({ operation: `${method} ${path}`, audience: audience! }))
        : []
    })
}

describe('the documentation of who may do what', () => {
  let app: TestApp
  let user: string
  let admin: string
  beforeAll(async () => {
    app = startApp()
    user = (await signedInUser(app)).access_token
    admin = (await signedInAdmin(app)).access_token
  })

  it('covers every operation (ASVS 8.1.1)', ({ expect }) => {
    const all = Object.entries(openApi.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    )

    const written = endpoints().map(({ operation }) => operation)
    expect([...written].sort()).toEqual(all.sort())
    for (const words of ['"For everybody"', '"For signed-in users"', '"For admins"'])
      expect(below('docs/security/authorization.md', 'Operations')).toContain(words)
  })

  it.for(endpoints().filter(({ audience }) => audience !== 'everybody'))(
    'is true: $operation is for $audience (ASVS 8.1.1)',
    async ({ operation, audience }, { expect }) => {
      const ask = (bearer?: string) =>
        app.request(operation.replace('{id}', 'nobody'), { bearer, json: operation.startsWith('GET') ? undefined : [] })

      const replies = await Promise.all([ask(), ask(user), ask(admin)])

      const [stranger, signedIn, administrator] = await Promise.all(
        replies.map(async (reply) => (reply.status >= 400 ? codeOf(reply) : 'let in')),
      )
      expect(stranger).toBe('not_authenticated')
      expect(signedIn === 'forbidden').toBe(audience === 'admin')
      expect(administrator).not.toMatch(/^(forbidden|not_authenticated|invalid_token)$/)
    },
  )

  it.for(endpoints().filter(({ audience }) => audience === 'everybody'))(
    'is true: $operation is for everybody (ASVS 8.1.1)',
    async ({ operation }, { expect }) => {
      const reply = await app.request(operation.replace('{key}', 'nothing'), {
        json: operation.startsWith('GET') ? undefined : {},
      })

      // A refresh without a token is refused as such, not as a stranger.
      const code = reply.status >= 400 ? await codeOf(reply) : 'let in'
      expect(code).not.toMatch(/^(forbidden|not_authenticated)$/)
    },
  )
})

const table = rows(below('docs/security/authorization.md', 'Members of a user')).map(
  ([member = '', own = '', others = '']) => ({
    member: member.replaceAll('`', ''),
    own,
    others,
  }),
)

/** For each member, a value that it does not have. */
const another: Record<string, unknown> = {
  id: '01900000-0000-7000-8000-000000000000',
  email_verified: false,
  pending_email: 'waiting@example.com',
  name: 'Another Name',
  phone: '+493012345678',
  avatar_url: 'https://example.com/a.webp',
  role: 'admin',
  status: 'disabled',
  created_at: '2000-01-01T00:00:00.000Z',
  updated_at: '2000-01-01T00:00:00.000Z',
  last_login_at: '2000-01-01T00:00:00.000Z',
  external_id: 'auth0|of-this-test',
  metadata: { plan: 'pro' },
  second_factor: true,
  mfa_required: true,
  has_password: false,
  locale: 'de',
}

describe('the members of a user', () => {
  it('are those that are documented (ASVS 8.1.2)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const shown = (await (await profile(app, access_token)).json()) as object

    expect(table.map(({ member }) => member).sort()).toEqual(Object.keys(shown).sort())
    expect(table.every(({ own, others }) => own.startsWith('reads') && others.startsWith('reads'))).toBe(true)
  })

  it.for(table.filter(({ member }) => member !== 'email'))(
    'are writable as documented: $member, by its user: $own (ASVS 8.1.2, 8.2.3)',
    async ({ member, own }, { expect }) => {
      const app = startApp()
      const { access_token } = await signedInUser(app)
      const read = async () => (await (await profile(app, access_token)).json()) as Record<string, unknown>
      const before = await read()

      await app.call('PATCH /api/user/profile', { bearer: access_token, json: { [member]: another[member] } })

      const after = await read()
      expect(after[member]).not.toBe(undefined)
      expect(
        isDeepStrictEqual(after[member], another[member]) && !isDeepStrictEqual(before[member], another[member]),
      ).toBe(own.includes('changes'))
    },
  )

  it.for(table.filter(({ member }) => member !== 'email'))(
    'are writable as documented: $member, by an admin: $others (ASVS 8.1.2, 8.2.3)',
    async ({ member, others }, { expect }) => {
      const app = startApp()
      const { access_token: bearer } = await signedInAdmin(app)
      const { user } = await signedInUser(app)

      const reply = await app.call(`PATCH /api/admin/users/${user.id}`, { bearer, json: { [member]: another[member] } })

      expect(reply.status).toBe(others.includes('changes') ? 200 : 422)
      const shown = (await (await app.call(`GET /api/admin/users/${user.id}`, { bearer })).json()) as Record<
        string,
        unknown
      >
      expect(isDeepStrictEqual(shown[member], another[member])).toBe(others.includes('changes'))
    },
  )

  it('are writable as documented: the address waits for its link, or an admin changes it (ASVS 8.1.2)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const one = await signedInUser(app)
    const other = await signedInUser(app)
    const [mine, theirs] = [someAddress(), someAddress()]

    await app.call('PATCH /api/user/profile', { bearer: one.access_token, json: { email: mine } })
    await app.call(`PATCH /api/admin/users/${other.user.id}`, { bearer, json: { email: theirs, email_verified: true } })

    const shown = (await (await profile(app, one.access_token)).json()) as { email: string }
    expect(shown.email).toBe(one.email)
    expect(mailsTo(app, mine)).toHaveLength(1)
    expect(linkIn(app, mine)).toBeTruthy()
    expect((await logIn(app, theirs)).user.email).toBe(theirs)
    expect(table.find(({ member }) => member === 'email')).toEqual({
      member: 'email',
      own: 'reads, asks to change',
      others: 'reads, changes',
    })
  })
})
