import { describe, it } from 'vitest'
import { signedInAdmin } from '../support/app/administrators.ts'
import { alterUser, member, startApp, type TestApp } from '../support/app/support.ts'

type Row = { actor_id: string; user_id: string | null; detail: string; count: number }

const listed = async (app: TestApp, event = 'users_listed') => {
  const sql = 'select actor_id, user_id, detail, count from audit where event = ? order by count desc, detail'
  const { results } = await app.db.prepare(sql).bind(event).all<Row>()
  return results.map(({ detail, ...row }) => ({ ...row, detail: JSON.parse(detail) }))
}

const arrange = async () => {
  const app = startApp()
  app.wait({ seconds: 900 - (Math.floor(app.now().getTime() / 1000) % 900) })
  for (const sentinel of ['one', 'two', 'three'])
    await alterUser(app, await member(app), { name: `Sentinel ${sentinel}`, status: 'disabled' })
  const admin = await signedInAdmin(app)
  await app.db.prepare("delete from audit where event in ('users_listed', 'audit_read')").run()
  const get = async (path: string) => {
    const reply = await app.call(`GET /api/admin/${path}`, { bearer: admin.access_token })
    return (await reply.json()) as { users: { id: string }[]; entries: { id: string }[]; next_cursor: string | null }
  }
  return { app, admin, get }
}

describe('an admin who is shown people', () => {
  it('leaves one entry for a query, however many of its pages are read (ASVS 16.2.1)', async ({ expect }) => {
    const { app, admin, get } = await arrange()

    const first = await get('users?status=disabled&per_page=2')
    const second = await get(`users?status=disabled&per_page=2&cursor=${first.next_cursor}`)
    const [entry, ...others] = await listed(app)

    expect(others).toEqual([])
    expect(entry).toEqual({
      actor_id: admin.user.id,
      user_id: null,
      count: 2,
      detail: {
        status: 'disabled',
        sort: '-created_at',
        shown: first.users.length + second.users.length,
        first: first.users[0]!.id,
        last: second.users.at(-1)!.id,
      },
    })
  })

  it('leaves another for another query, and a quarter of an hour later, and none of the text (ASVS 16.2.5)', async ({
    expect,
  }) => {
    const { app, get } = await arrange()

    for (const search of ['sentinel', 'sentinel', 'sentinel t']) await get(`users?search=${encodeURIComponent(search)}`)
    await get('users?search=sentinel&role=user')
    app.wait({ minutes: 14, seconds: 59 })
    await get('users?search=sentinel')
    const early = await listed(app)
    const { access_token: bearer } = await signedInAdmin(app)
    app.wait({ seconds: 2 })
    await app.call('GET /api/admin/users?search=sentinel', { bearer })

    expect(early.map(({ count }) => count)).toEqual([3, 1, 1])
    const texts = early.map(({ detail }) => detail.search)
    expect(texts[0]).toMatch(/^[\w-]{43}$/)
    expect(texts.filter((text) => text === texts[0])).toHaveLength(2)
    expect(JSON.stringify(early)).not.toContain('sentinel')
    expect(await listed(app)).toHaveLength(4)
  })

  it('also leaves an entry for reading the audit, which names them (ASVS 16.2.1)', async ({ expect }) => {
    const { app, admin, get } = await arrange()

    const first = await get('audit?event=email_verified&per_page=1')
    await get(`audit?event=email_verified&per_page=1&cursor=${first.next_cursor}`)
    await get(`audit?user=${admin.user.id}`)

    const [one, other, ...more] = await listed(app, 'audit_read')
    expect(more).toEqual([])
    expect(one).toMatchObject({
      actor_id: admin.user.id,
      count: 2,
      detail: { event: 'email_verified', shown: 2, first: first.entries[0]!.id },
    })
    expect(other).toMatchObject({ count: 1, detail: { user: admin.user.id } })
  })

  it('leaves no entry if nothing was shown to them (ASVS 16.2.1)', async ({ expect }) => {
    const { app, get } = await arrange()

    await get('users?cursor=of-another-list')

    expect(await listed(app)).toEqual([])
  })
})
