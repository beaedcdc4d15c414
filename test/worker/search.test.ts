import { describe, it } from 'vitest'
import { newId } from '../../src/domain/ids.ts'
import { bodyOf, signedInAdmin } from '../support/app/administrators.ts'
import { member, signedInUser, someAddress, somePassword, startApp, type TestApp } from '../support/app/support.ts'

type Found = { users: { id: string; email: string; name: string | null }[]; total: number }

const admin = async () => {
  const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
  const { access_token: bearer } = await signedInAdmin(app)
  const hits = async (search: string) => {
    const found = await bodyOf<Found>(
      await app.call(`GET /api/admin/users?search=${encodeURIComponent(search)}&per_page=100`, { bearer }),
    )
    return found.users.map(({ id }) => id)
  }
  return { app, bearer, hits }
}

/** Changes a row as the previous release wrote it. */
const old = async (app: TestApp, values: { email?: string; name?: string | null; phone?: string | null }) => {
  const email = values.email ?? someAddress('old')
  const id = newId(new Date())
  await app.db
    .prepare(
      'insert into users (id, email, email_canonical, name, phone, created_at, updated_at) values (?1, ?2, lower(?2), ?3, ?4, 1, 1)',
    )
    .bind(id, email, values.name ?? null, values.phone ?? null)
    .run()
  return id
}

const nameOf = (app: TestApp, id: string) =>
  app.db.prepare('select name from users where id = ?').bind(id).first('name')

/** Checks that each entry of the index is the text of its row; throws if not. */
const checkIndex = (app: TestApp) =>
  app.db.prepare("insert into users_search(users_search, rank) values ('integrity-check', 1)").run()

describe('a user is found at once, in every spelling', () => {
  it('after registering', async ({ expect }) => {
    const { app, hits } = await admin()
    const before = await hits('weissstrasse')
    const json = { email: 'eve1@bücher.example', password: somePassword, name: 'Weißstraße', phone: '+44 20 7946 0991' }

    await app.call('POST /api/auth/register', { json })

    const id = await app.db.prepare("select id from users where email like 'eve1@%'").first<string>('id')
    expect(before).toEqual([])
    for (const search of ['WEISSSTRASSE', 'weiß', 'eve1@bücher', 'xn--bcher', '7946 0991', '+442079460991', id!])
      expect(await hits(search), search).toEqual([id])
  })

  it('after an admin invites and edits them', async ({ expect }) => {
    const { app, bearer, hits } = await admin()
    const made = await app.call('POST /api/admin/users', { bearer, json: { email: someAddress(), name: 'Łucja' } })
    const { id } = await bodyOf<{ id: string }>(made, 201)
    expect(await hits('lucja')).toEqual([id])

    await app.call(`PATCH /api/admin/users/${id}`, {
      bearer,
      json: { name: '王小明', phone: '+44 20 7946 0992', email: 'eve2@mañana.example' },
    })

    for (const search of ['小明', '明', '79460992', 'eve2@manana', 'mañana'])
      expect(await hits(search), search).toEqual([id])
    expect(await hits('lucja')).toEqual([])
  })

  it('after changing their profile, one member at a time', async ({ expect }) => {
    const { app, hits } = await admin()
    const { access_token: bearer, user } = await signedInUser(app)
    const change = (json: object) => app.call('PATCH /api/user/profile', { bearer, json })

    await change({ name: 'Éloïse' })
    await change({ phone: '+44 20 7946 0993' })
    expect(await hits('eloise')).toEqual([user.id])
    expect(await hits('79460993')).toEqual([user.id])

    await change({ name: 'Zoë Nowhere' })
    expect(await hits('eloise')).toEqual([])
    expect(await hits('zoe nowhere')).toEqual([user.id])
    expect(await hits('79460993')).toEqual([user.id])

    await change({ name: null, phone: null })
    expect(await hits('zoe nowhere')).toEqual([])
    expect(await hits('79460993')).toEqual([])
    await checkIndex(app)
  })

  it('by the id that the audit has, with the filters', async ({ expect }) => {
    const { app, bearer, hits } = await admin()
    const { user } = await signedInUser(app)

    expect(await hits(user.id)).toEqual([user.id])
    expect(await hits(user.id.toUpperCase())).toEqual([user.id])
    expect(await hits(newId(new Date()))).toEqual([])
    const disabled = await app.call(`GET /api/admin/users?search=${user.id}&status=disabled`, { bearer })
    expect(await bodyOf<Found>(disabled)).toMatchObject({ users: [], total: 0 })
  })
})

describe('rows of the previous release', () => {
  it('are found as they are, and after the cron in every spelling', async ({ expect }) => {
    const { app, hits } = await admin()
    const id = await old(app, { email: 'old1@xn--mnchen-3ya.example', name: 'Jürgen Großmann', phone: '+442079460994' })
    expect([await hits('jürgen'), await hits('JÜRGEN G'), await hits('xn--mnchen')]).toEqual([[id], [id], [id]])
    expect(await hits('jurgen')).toEqual([])

    await app.cron()

    for (const search of ['jurgen', 'GROSSMANN', 'münchen', 'munchen', '79460994'])
      expect(await hits(search), search).toEqual([id])
    await checkIndex(app)
  })

  it.for([
    ['Jose\u0301', 'José'],
    [' Ada ', 'Ada'],
    ['\u3000山田', '山田'],
    ['\u200b', null],
    ['\u3164\u00ad', null],
    ['\u0301', null],
    ['Ada\u00a0Lovelace', 'Ada\u00a0Lovelace'],
  ] as const)('have their names mended as new ones are: %j becomes %j', async ([was, is], { expect }) => {
    const { app } = await admin()
    const id = await old(app, { name: was })

    await app.cron()

    expect(await nameOf(app, id)).toBe(is)
    await checkIndex(app)
  })

  it('that it changed lose outdated search text, and get a new one', async ({ expect }) => {
    const { app, hits } = await admin()
    const { access_token: bearer, user } = await signedInUser(app)
    await app.call('PATCH /api/user/profile', { bearer, json: { name: 'Zoë Before', phone: '+44 20 7946 0995' } })

    await app.db
      .prepare("update users set name = 'Noël After', phone = '+442079460996' where id = ?")
      .bind(user.id)
      .run()

    expect([await hits('zoe before'), await hits('79460995')]).toEqual([[], []])
    expect(await hits('noël after')).toEqual([user.id])
    await checkIndex(app)
    await app.cron()
    expect([await hits('noel after'), await hits('79460996')]).toEqual([[user.id], [user.id]])
    await checkIndex(app)
  })

  it('that are deleted, before or after, leave nothing', async ({ expect }) => {
    const { app, hits } = await admin()
    const gone = [await old(app, { name: 'Søren Leaves' }), await old(app, { name: 'Søren Leaves' })]
    await app.db.prepare('delete from users where id = ?').bind(gone[0]).run()
    await app.cron()
    await app.db.prepare('delete from users where id = ?').bind(gone[1]).run()

    expect(await hits('soren leaves')).toEqual([])
    await checkIndex(app)
  })

  it('are rewritten in portions, each once, and cost nothing afterwards', async ({ expect }) => {
    const { app, hits } = await admin()
    const many = 1300
    await app.db
      .prepare(
        `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${many})
         insert into users (id, email, email_canonical, name, created_at, updated_at)
         select printf('00000000-0000-7000-8000-%012d', i), 'many' || i || '@many.example', 'many' || i || '@many.example',
           'Søren Many ' || i, 1, 1 from n`,
      )
      .run()
    await app.db.exec("delete from users where email like 'old%'")

    const went = []
    for (let run = 0; run < 4; run++) went.push(await app.services.upkeep.mendSearch())

    expect(went).toEqual([1000, 300, 0, 0])
    expect(await hits('soren many 1300')).toHaveLength(1)
    await checkIndex(app)
    const read = app.counter.rowsRead
    await app.services.upkeep.mendSearch()
    expect(app.counter.rowsRead - read).toBeLessThanOrEqual(1)
  })

  it('that change while they are rewritten keep the change', async ({ expect }) => {
    const { app, hits } = await admin()
    const id = await old(app, { name: 'Chloë Early' })
    const db = app.db
    let once = true
    const meanwhile = startApp({
      bindings: {
        DB: new Proxy(db, {
          get: (target, name) => {
            if (name !== 'prepare') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name)
            return (query: string) => {
              const statement = target.prepare(query)
              if (!once || !query.startsWith('update')) return statement
              once = false
              return {
                bind: (...values: unknown[]) => ({
                  run: async () => {
                    await db.prepare("update users set name = 'Chloë Late' where id = ?").bind(id).run()
                    return statement.bind(...values).run()
                  },
                }),
              } as unknown as D1PreparedStatement
            }
          },
        }),
      },
    })

    await meanwhile.services.upkeep.mendSearch()

    expect(once).toBe(false)
    expect(await nameOf(app, id)).toBe('Chloë Late')
    await app.cron()
    expect(await hits('chloe late')).toEqual([id])
    expect(await hits('chloe early')).toEqual([])
  })
})

describe('a registration', () => {
  it('writes as many rows with a name of any script and a phone as without', async ({ expect }) => {
    const app = startApp()
    await member(app)
    const cost = async (json: object) =>
      (await app.cost('POST /api/auth/register', { json: { email: someAddress(), password: somePassword, ...json } }))
        .whole.rowsWritten

    const plain = await cost({ name: 'Ada' })
    const other = await cost({ name: 'Weißstraße 山田太郎', phone: '+44 20 7946 0997' })

    expect(other).toBe(plain)
  })
})
