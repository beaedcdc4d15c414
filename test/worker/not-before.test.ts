import { describe, it } from 'vitest'
import { createDatabase } from '../../src/storage/database.ts'
import { sessions } from '../../src/storage/schema.ts'
import { ofLinks, operations } from '../operations/index.ts'
import {
  codeOf,
  linkIn,
  logIn,
  newPassword,
  profile,
  refresh,
  signedInUser,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { moved, newcomer } from '../support/faults/arranged.ts'

/** The same service after TOKENS_NOT_BEFORE was set to a moment some seconds away from the clock of the first. */
const restarted = (app: TestApp, seconds: number) => {
  const moment = new Date(app.now().getTime() + seconds * 1000)
  const next = startApp({ vars: { TOKENS_NOT_BEFORE: moment.toISOString() } })
  next.wait({ seconds: Math.ceil((app.now().getTime() - next.now().getTime()) / 1000) + Math.max(0, seconds) + 1 })
  return next
}

type Link = { kind: string; operation: string; made: (app: TestApp) => Promise<object> | object }

/** A link of each kind: the operation that accepts it, and a body. */
const links: Link[] = [
  ...ofLinks.map((operation) => ({ kind: 'its usual link', operation, made: operations[operation]!.json! })),
  {
    kind: 'the link that verifies',
    operation: 'POST /api/auth/reset-password',
    made: async (app) => ({ token: linkIn(app, await newcomer(app), 'verify-email'), new_password: newPassword }),
  },
  {
    kind: 'its link without the password',
    operation: 'POST /api/auth/revert-email-change',
    made: async (app) => ({ token: (await moved(app)).link }),
  },
]

const moments = [
  { when: 'later', seconds: 1, status: 400 },
  // Earlier than the first mail of a recovery, whose link works days later.
  { when: 'earlier', seconds: -5 * 86_400, status: 200 },
]

describe('a link that was mailed before TOKENS_NOT_BEFORE', () => {
  it.for(links.flatMap((link) => moments.map((moment) => ({ ...link, ...moment }))))(
    'for $operation, $kind: $status where the moment is $when (F17)',
    async ({ operation, made, seconds, status }, { expect }) => {
      const app = startApp()
      const json = await made(app)

      const response = await restarted(app, seconds).call(operation, { json })

      if (status === 400 && operation === 'POST /api/auth/login/mail/link') {
        // The challenge of the browser is refused too, without which neither the link nor its code opens anything.
        expect(await codeOf(response)).toBe('other_browser')
        return
      }
      expect(response.status).toBe(status)
      if (status === 400) expect(await codeOf(response)).toBe('invalid_token')
    },
  )
})

describe('a session that began before TOKENS_NOT_BEFORE', () => {
  it('has an access token that is refused without asking the database (F17)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const next = restarted(app, 1)

    const { response, trips } = await next.cost('GET /api/user/profile', { bearer: access_token })

    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe('invalid_token')
    expect(trips).toBe(0)
  })

  it('has refresh tokens that are refused, the newest and the one that is still in its grace time (F17)', async ({
    expect,
  }) => {
    const app = startApp()
    const { refresh_token: first } = await signedInUser(app)
    const { refresh_token: second } = (await (await refresh(app, first)).json()) as { refresh_token: string }
    const next = restarted(app, 1)

    const { response, trips } = await next.cost('POST /api/auth/refresh', { json: { refresh_token: second } })
    const replayed = await refresh(next, first)

    expect([response.status, replayed.status]).toEqual([401, 401])
    expect(trips).toBe(1)
    // It had been valid until then.
    expect((await refresh(app, second)).status).toBe(200)
  })

  it('cannot continue by tokens that an isolate with the previous settings has issued since (F17)', async ({
    expect,
  }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)
    const next = restarted(app, 1)
    app.wait({ seconds: 2 })
    const late = (await (await refresh(app, refresh_token)).json()) as { access_token: string; refresh_token: string }
    const json = { password: somePassword }

    const renewed = await stepUp(next, { bearer: late.access_token, json })

    expect(renewed.status).toBe(401)
    expect((await refresh(next, late.refresh_token)).status).toBe(401)
  })

  it('can still be ended by its tokens', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)

    await restarted(app, 1).call('POST /api/auth/logout', { json: { refresh_token } })

    expect((await refresh(app, refresh_token)).status).toBe(401)
  })

  it('is one that ended and came back with an older state of the database (F17)', async ({ expect }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)
    const [, sid] = refresh_token.split('.')
    const row = (await createDatabase(app.db).select().from(sessions)).find(({ id }) => id === sid)!
    await app.call('POST /api/auth/logout', { json: { refresh_token } })
    await app.kv.delete(`sid:${sid}`)
    await createDatabase(app.db).insert(sessions).values(row)

    const refused = await refresh(restarted(app, 1), refresh_token)

    expect(refused.status).toBe(401)
    expect((await refresh(app, refresh_token)).status).toBe(200)
  })
})

describe('a session that began after TOKENS_NOT_BEFORE', () => {
  it('is treated like any other, also for the same user', async ({ expect }) => {
    const app = startApp()
    const { email } = await signedInUser(app)
    const next = restarted(app, 1)

    const { access_token, refresh_token } = await logIn(next, email)

    expect((await profile(next, access_token)).status).toBe(200)
    expect((await refresh(next, refresh_token)).status).toBe(200)
  })
})
