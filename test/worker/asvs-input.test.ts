import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { signedInAdmin } from '../support/app/administrators.ts'
import {
  codeOf,
  cookiesOf,
  linkIn,
  member,
  profile,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
} from '../support/app/support.ts'

const hostile = `<img src=x onerror=alert(1)> &amp; "'\\ </script> \${x} {{x}} %s {token}`

describe('what somebody typed', () => {
  it('is kept as it was typed, and encoded where it is shown (ASVS 1.1.2, 1.2.3)', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer, user } = await signedInUser(app)

    const changed = await app.call('PATCH /api/user/profile', { bearer, json: { name: hostile } })
    const shown = await profile(app, bearer)

    const text = await shown.clone().text()
    expect(changed.status).toBe(200)
    expect(shown.headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(JSON.parse(text)).toMatchObject({ name: hostile })
    expect(await env.DB.prepare('select name from users where id = ?').bind(user.id).first('name')).toBe(hostile)
  })

  it('is no template: placeholders in it stay as they are (ASVS 1.3.7, 1.3.10)', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer, email } = await signedInUser(app)
    await app.call('PATCH /api/user/profile', { bearer, json: { name: hostile } })
    const to = someAddress()

    await app.call('PATCH /api/user/profile', { bearer, json: { email: to } })

    const told = app.mailbox.filter((mail) => mail.to === to || mail.to === email)
    const token = linkIn(app, to)
    expect(told.length).toBeGreaterThan(2)
    // The link is only in its own mail, once for each place in the template.
    expect(
      told.filter(({ text, html }) => text.includes(token) || html.includes(token)).map((mail) => mail.to),
    ).toEqual([to])
    expect(await (await profile(app, bearer)).json()).toMatchObject({ name: hostile })
  })

  it('is decoded once: a doubly encoded text is another address, and another search (ASVS 1.1.1)', async ({
    expect,
  }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const email = await member(app)
    await env.DB.prepare('update users set name = ? where email = ?').bind('a%20b c', email).run()
    const search = async (encoded: string) => {
      const reply = await app.call(`GET /api/admin/users?search=${encoded}`, { bearer })
      return ((await reply.json()) as { users: { name: string | null }[] }).users.map(({ name }) => name)
    }

    const paths = await Promise.all(
      ['/api/auth/%256Cogin', '/api/auth%252Flogin', '/%2561pi/auth/login'].map((path) =>
        app.request(`POST ${path}`, { json: { email, password: somePassword } }),
      ),
    )

    expect(paths.map(({ status }) => status)).toEqual([404, 404, 404])
    expect(await search('a%2520b')).toEqual(['a%20b c'])
    expect(await search('a%20b')).toEqual([])
  })

  it.for([
    "' OR 1=1--",
    '%',
    '_',
    '"',
    "x' UNION SELECT password FROM users--",
    'users; DROP TABLE users',
    '*',
    'a" OR "b',
  ])('is searched for and is no part of the question: %s (ASVS 1.2.4, A-23)', async (search, { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInAdmin(app)
    const before = await env.DB.prepare('select count(*) as n from users').first('n')

    const found = await app.call(`GET /api/admin/users?search=${encodeURIComponent(search)}`, { bearer })
    const sorted = await app.call(`GET /api/admin/users?sort=${encodeURIComponent(search)}`, { bearer })
    const entered = await app.call('POST /api/auth/login', {
      json: { email: `a@example.com${search}`, password: search },
    })

    expect(found.status).toBe(200)
    expect(((await found.json()) as { users: unknown[] }).users).toEqual([])
    expect(sorted.status).toBe(422)
    expect([401, 422]).toContain(entered.status)
    expect(await env.DB.prepare('select count(*) as n from users').first('n')).toBe(before)
  })

  it.for([
    { prototype: '{"__proto__":{"role":"admin","email_verified":true}' },
    { prototype: '{"constructor":{"prototype":{"role":"admin"}}' },
  ])(
    'changes no object but its own: $prototype (ASVS 1.5.2, 15.3.3, 15.3.6, A-24)',
    async ({ prototype }, { expect }) => {
      const app = startApp()
      const email = someAddress()
      const body = `${prototype},"email":"${email}","password":"${somePassword}","role":"admin","status":"disabled","id":"x"}`

      const registered = await app.call('POST /api/auth/register', {
        body,
        headers: { 'Content-Type': 'application/json' },
      })
      const next = await member(app)

      expect(registered.status).toBe(201)
      expect(({} as { role?: string }).role).toBeUndefined()
      for (const address of [email, next]) {
        const row = await env.DB.prepare('select role, status from users where email = ?').bind(address).first()
        expect(row).toEqual({ role: 'user', status: 'active' })
      }
    },
  )
})

describe('the longest allowed input', () => {
  it('is not too long for its receivers: mails, cookies, links (ASVS 4.2.5, 3.3.5, 1.3.3)', async ({ expect }) => {
    const app = startApp()
    const email = `${'l'.repeat(64)}@${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(59)}.example`
    const json = {
      email,
      password: `brown mugs fall down ${Array.from({ length: 200 }, (_, n) => String.fromCodePoint(0x4e00 + n * 7)).join('')}`,
      name: '𝒩'.repeat(100),
    }

    const registered = await app.call('POST /api/auth/register', { json })
    await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })
    const entered = await app.call('POST /api/auth/login', { json: { email, password: json.password } })

    expect(registered.status).toBe(201)
    expect(entered.status).toBe(200)
    for (const [name, value] of Object.entries(cookiesOf(entered))) expect(`${name}=${value}`.length).toBeLessThan(4096)
    // Cloudflare accepts subjects of 998 characters and mails of 5 MiB; browsers and mail programs accept links of
    // 2,000.
    for (const { subject, text, html } of app.mailbox) {
      expect(subject.length).toBeLessThan(200)
      expect(text.length + html.length).toBeLessThan(100_000)
      for (const [link] of text.matchAll(/https?:\S+/g)) expect(link.length).toBeLessThan(2000)
    }
  })

  it.for([
    { member: 'name', value: 'n'.repeat(101) },
    { member: 'email', value: `${'l'.repeat(65)}@example.com` },
    { member: 'phone', value: `+49${'1'.repeat(40)}` },
  ])(
    'is refused beyond that length, before it is passed on: $member (ASVS 1.3.3, 2.3.2)',
    async ({ member, value }, { expect }) => {
      const app = startApp()
      const json = { email: someAddress(), password: somePassword, [member]: value }

      const reply = await app.call('POST /api/auth/register', { json })

      expect(reply.status).toBe(422)
      expect(await codeOf(reply)).toBe('validation_failed')
      expect(app.mailbox).toEqual([])
      expect(app.counter.trips).toBe(0)
    },
  )
})
