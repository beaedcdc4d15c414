import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import openApi from '../../docs/openapi.json'
import { randomId } from '../../src/domain/ids.ts'
import { linkIn, logIn, member, signedInUser, someAddress, somePassword, startApp } from '../support/app/support.ts'

/** Everything that D1 holds, as text. */
const dump = async () => {
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '\\_cf%' escape '\\' and name not like 'users_search%'",
  ).all<{ name: string }>()
  const tables = await Promise.all(
    results.map(async ({ name }) => [name, (await env.DB.prepare(`select * from "${name}"`).all()).results]),
  )
  return JSON.stringify(tables)
}

describe('a password', () => {
  it('works after 400 days as on the first day, and nobody is asked to change it (ASVS 6.2.10, N7)', async ({
    expect,
  }) => {
    const app = startApp()
    const email = await member(app)
    await logIn(app, email)
    const mails = app.mailbox.length

    for (let year = 0; year < 4; year++) {
      app.wait({ days: 100 })
      await app.cron()
    }
    const session = await logIn(app, email)

    expect(session.user.email).toBe(email)
    expect(session).not.toHaveProperty('must_change_password')
    expect(app.mailbox.slice(mails).filter(({ subject }) => /expire|renew|change/i.test(subject))).toEqual([])
  })

  it('has no password hint and no secret question (ASVS 6.4.2, N8)', async ({ expect }) => {
    const { results } = await env.DB.prepare('select sql from sqlite_master where sql is not null').all<{
      sql: string
    }>()
    const asked = /hint|secret_?question|security_?question|security_?answer|mother|reminder/i

    expect(results.length).toBeGreaterThan(10)
    expect(results.filter(({ sql }) => asked.test(sql))).toEqual([])
    expect(Object.keys(openApi.components.schemas)).toContain('User')
    expect(JSON.stringify(openApi)).not.toMatch(asked)
  })

  it('is recovered by the mailed link, which works once, and by nothing else (ASVS 6.4.3, N17)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    app.wait({ minutes: 2 })
    const forgot = await app.call('POST /api/auth/forgot-password', { json: { email } })
    const token = linkIn(app, email)
    const set = (value: object) =>
      app.call('POST /api/auth/reset-password', { json: { new_password: 'the second passphrase', ...value } })

    const without = [await set({}), await set({ email }), await set({ token: `${token.slice(0, -1)}x` })]
    const unlike = await logIn(app, email)
    const first = await set({ token })
    const second = await set({ token })

    expect(await forgot.text()).not.toContain(token)
    expect(without.map(({ status }) => status)).toEqual([422, 422, 400])
    expect(unlike.user.email).toBe(email)
    expect([first.status, second.status]).toEqual([200, 400])
    expect((await logIn(app, email, 'the second passphrase')).user.email).toBe(email)
  })
})

describe('the token of a link', () => {
  it('is 128 random bits and a MAC of 256 (ASVS 6.5.4, 11.2.3, 11.4.3, 11.5.1)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/forgot-password', { json: { email } })

    expect(linkIn(app, email)).toMatch(/^[\w-]{22}\.[\w-]{43}$/)
  })

  it('is in no table: a copy of the database opens nothing (ASVS 6.5.2)', async ({ expect }) => {
    const app = startApp()
    const { email, access_token, refresh_token } = await signedInUser(app)
    app.wait({ minutes: 2 })
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    const token = linkIn(app, email)
    const [id = '', mac = ''] = token.split('.')

    const stored = await dump()

    expect(stored).toContain(id)
    for (const secret of [mac, token, access_token, refresh_token, refresh_token.split('.').at(-1)!, somePassword])
      expect(stored).not.toContain(secret)
    // There was a valid link that could be stolen.
    const reset = await app.call('POST /api/auth/reset-password', {
      json: { token, new_password: 'a better passphrase' },
    })
    expect(reset.status).toBe(200)
  })

  it('belongs to the request it was mailed for: each works until one of them is used (ASVS 6.6.2)', async ({
    expect,
  }) => {
    const app = startApp()
    const twoLinks = async () => {
      const email = await member(app)
      const ask = async () => {
        app.wait({ minutes: 2 })
        await app.call('POST /api/auth/forgot-password', { json: { email } })
        return linkIn(app, email)
      }
      return [await ask(), await ask()] as const
    }
    const set = async (token: string) => {
      const json = { token, new_password: 'a better passphrase' }
      return (await app.call('POST /api/auth/reset-password', { json })).status
    }

    // A request by somebody else must not void the owner's link. Setting a password voids all links.
    const [older, newer] = await twoLinks()
    const olderFirst = [await set(older), await set(newer), await set(older)]
    const [earlier, later] = await twoLinks()
    const newerFirst = [await set(later), await set(earlier), await set(later)]

    expect(older).not.toBe(newer)
    expect([olderFirst, newerFirst]).toEqual([
      [200, 400, 400],
      [200, 400, 400],
    ])
  })
})

describe('an id that nobody may guess', () => {
  it('is different each time, and uses all of its bits (ASVS 7.2.3, 11.5.1)', ({ expect }) => {
    const ids = Array.from({ length: 4000 }, randomId)

    expect(new Set(ids).size).toBe(ids.length)
    for (let at = 0; at < 21; at++) {
      const signs = new Set(ids.map((id) => id[at]))
      // In 4,000 draws each of 64 characters occurs, except with a chance of 1 in 10^25.
      expect(signs.size, `place ${at}`).toBe(64)
    }
  })

  it('of a session is the id of no user and of no other session (ASVS 7.2.2, 11.5.1)', async ({ expect }) => {
    const app = startApp()
    const email = await member(app, someAddress())

    const sessions = [await logIn(app, email), await logIn(app, email)]

    const sids = sessions.map(({ refresh_token }) => refresh_token.split('.')[1]!)
    expect(new Set([...sids, sessions[0]!.user.id]).size).toBe(3)
    for (const sid of sids) expect(sid).toMatch(/^[\w-]{22}$/)
    expect(sessions[0]!.access_token).not.toBe(sessions[1]!.access_token)
  })
})
