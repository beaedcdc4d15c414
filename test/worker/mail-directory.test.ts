import { beforeAll, describe, it } from 'vitest'
import { signedInAdmin } from '../support/app/administrators.ts'
import { failedMail } from '../support/app/failed-mails.ts'
import { codeOf, mailsTo, member, signedInUser, startApp, type TestApp } from '../support/app/support.ts'

type Listed = {
  mails: { id: string; user_id: string; email: string; kind: string; state: string; error: string | null }[]
  failed: number
  waiting: number
  next_cursor: string | null
}

let app: TestApp
let bearer: string
beforeAll(async () => {
  app = startApp()
  bearer = (await signedInAdmin(app)).access_token
})

const list = async (query = ''): Promise<Listed> => (await app.call(`GET /api/admin/mails${query}`, { bearer })).json()

const idOf = async (email: string) =>
  (await app.db.prepare('select id from users where email = ?').bind(email).first<string>('id'))!

const ids = ({ mails }: Listed) => mails.map(({ id }) => id)

const minutesAgo = (minutes: number) => new Date(app.now().getTime() - minutes * 60_000)

describe('the list of mails', () => {
  it('shows what failed, the newest first, page by page', async ({ expect }) => {
    const userId = await idOf(await member(app))
    const made: string[] = []
    for (const minutes of [30, 20, 10]) made.unshift(await failedMail(app, { userId, at: minutesAgo(minutes) }))

    const first = await list('?per_page=2')
    const second = await list(`?per_page=2&cursor=${encodeURIComponent(first.next_cursor!)}`)

    expect([...ids(first), ...ids(second)]).toEqual(made)
    expect(second.next_cursor).toBeNull()
    expect(first.failed).toBe(3)
    expect(first.mails[0]).toMatchObject({ user_id: userId, state: 'failed', error: 'E_RECIPIENT_SUPPRESSED' })
    await app.db.exec('delete from mail where last_error is not null')
  })

  it('shows what waits, the next one first', async ({ expect }) => {
    const userId = await idOf(await member(app))
    const at = (minutes: number) => new Date(app.now().getTime() + minutes * 60_000)
    const later = await failedMail(app, { userId, next: at(20) })
    const soon = await failedMail(app, { userId, next: at(10) })

    const { mails, waiting } = await list('?state=waiting')

    expect(mails.map(({ id, state }) => [id, state])).toEqual([
      [soon, 'waiting'],
      [later, 'waiting'],
    ])
    expect(waiting).toBe(2)
    await app.db.exec('delete from mail where last_error is not null')
  })

  it('shows all mails of a user, and none of others', async ({ expect }) => {
    const email = await member(app)
    const userId = await idOf(email)
    await failedMail(app, { userId: await idOf(await member(app)) })
    const dropped = await failedMail(app, { userId, error: 'obsolete', at: minutesAgo(-1) })

    const { mails } = await list(`?user=${userId}`)

    expect(mails.map(({ id, kind, state }) => (id === dropped ? [id, state] : [kind, state]))).toEqual([
      [dropped, 'dropped'],
      ['verify_email', 'sent'],
    ])
    expect(new Set(mails.map((mail) => mail.user_id))).toEqual(new Set([userId]))
  })

  it('shows nothing with which a link could be opened (ASVS 15.3.1)', async ({ expect }) => {
    const email = await member(app)
    const response = await app.call(`GET /api/admin/mails?user=${await idOf(email)}`, { bearer })

    const { mails } = (await response.json()) as { mails: object[] }

    expect(Object.keys(mails[0]!).sort()).toEqual([
      'attempts',
      'created_at',
      'email',
      'error',
      'id',
      'kind',
      'next_attempt_at',
      'sent_at',
      'state',
      'user_id',
    ])
  })

  it('is on record in the audit, with its filter', async ({ expect }) => {
    await list('?state=waiting')

    const audit = await app.call('GET /api/admin/audit?event=mails_listed', { bearer })

    const { entries } = (await audit.json()) as { entries: { detail: { state?: string } }[] }
    expect(entries.map(({ detail }) => detail.state)).toContain('waiting')
  })

  it('has no page for the cursor of another list', async ({ expect }) => {
    const response = await app.call('GET /api/admin/mails?cursor=abc', { bearer })

    expect(response.status).toBe(422)
  })
})

describe('a mail that failed', () => {
  const retry = (id: string) => app.call(`POST /api/admin/mails/${id}/retry`, { bearer })

  it('is sent again at once, and the audit says who did it', async ({ expect }) => {
    const email = await member(app)
    const userId = await idOf(email)
    const before = mailsTo(app, email).length
    const id = await failedMail(app, { userId })

    expect((await retry(id)).status).toBe(200)

    expect(mailsTo(app, email)).toHaveLength(before + 1)
    expect((await list(`?user=${userId}`)).mails.find((mail) => mail.id === id)).toMatchObject({ state: 'sent' })
    const audit = await app.call(`GET /api/admin/audit?user=${userId}&event=mail_retried`, { bearer })
    const { entries } = (await audit.json()) as { entries: { detail: object; actor_id: string }[] }
    expect(entries).toMatchObject([{ detail: { kind: 'new_device' }, actor_id: expect.any(String) }])
    // Once it was sent, it is not sent a third time.
    expect((await retry(id)).status).toBe(404)
    expect(mailsTo(app, email)).toHaveLength(before + 1)
  })

  it.for([
    { what: 'whose link has ended', mail: { ends: new Date(0) } },
    { what: 'that has lost its reason', mail: { kind: 'verify_email' } },
    { what: 'that is being tried anyway', mail: { next: new Date(9_999_999_999_999) } },
  ])('stays as it is: one $what', async ({ mail }, { expect }) => {
    const email = await member(app)
    const before = mailsTo(app, email).length
    const id = await failedMail(app, { userId: await idOf(email), ...mail })
    const row = () => app.db.prepare('select * from mail where id = ?').bind(id).first()
    const stored = await row()

    expect((await retry(id)).status).toBe(404)

    expect(mailsTo(app, email)).toHaveLength(before)
    expect(await row()).toEqual(stored)
  })

  it('is sent by nobody who is no admin, or whose token is not recent (ASVS 8.4.2)', async ({ expect }) => {
    const id = await failedMail(app)
    const { access_token } = await signedInUser(app)
    const stale = await app.call('POST /api/auth/refresh', {
      json: { refresh_token: (await signedInAdmin(app)).refresh_token },
    })
    const { access_token: refreshed } = (await stale.json()) as { access_token: string }
    const path = `POST /api/admin/mails/${id}/retry`

    expect(await codeOf(await app.call(path, { bearer: access_token }))).toBe('forbidden')
    expect(await codeOf(await app.call(path, { bearer: refreshed }))).toBe('reauthentication_required')

    expect((await retry(id)).status).toBe(200)
  })
})
