import { describe, it } from 'vitest'
import { createDatabase } from '../../src/storage/database.ts'
import { sessions } from '../../src/storage/schema.ts'
import {
  askForAddress,
  codeOf,
  confirmEmail,
  linkIn,
  logIn,
  member,
  profile,
  refresh,
  register,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

/** The same service after TOKENS_NOT_BEFORE was set to a moment, some seconds away from the clock of the other. */
const restarted = (app: TestApp, seconds: number) => {
  const moment = new Date(app.now().getTime() + seconds * 1000)
  const next = startApp({ vars: { TOKENS_NOT_BEFORE: moment.toISOString() } })
  next.wait({ seconds: Math.ceil((app.now().getTime() - next.now().getTime()) / 1000) + Math.max(0, seconds) + 1 })
  return next
}

const newDevice = {
  'User-Agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 14.1) AppleWebKit/605.1.15 Version/17.1 Safari/605.1.15',
}
const logInFrom = (app: TestApp, email: string, headers?: Record<string, string>) =>
  app.call('POST /api/auth/login', { json: { email, password: somePassword }, headers })

/** Somebody whose address was changed, and the link that undoes it. */
const moved = async (app: TestApp) => {
  const { email, access_token: bearer } = await signedInUser(app)
  const next = someAddress('next')
  await askForAddress(app, bearer, next)
  await confirmEmail(app, linkIn(app, next), { bearer })
  return { next, link: linkIn(app, email, 'revert-email-change') }
}

/** Makes a link of each kind: the operation that takes it, and what it takes. */
const links: Record<string, (app: TestApp) => Promise<{ operation: string; json: Record<string, string> }>> = {
  'verifies an address': async (app) => {
    const email = someAddress()
    await register(app, email)
    return { operation: 'POST /api/auth/verify-email', json: { token: linkIn(app, email) } }
  },
  'says that somebody else registered': async (app) => {
    const email = someAddress()
    await register(app, email)
    return {
      operation: 'POST /api/auth/reject-registration',
      json: { token: linkIn(app, email, 'reject-registration') },
    }
  },
  'sets a password in place of verifying': async (app) => {
    const email = someAddress()
    await register(app, email)
    return {
      operation: 'POST /api/auth/reset-password',
      json: { token: linkIn(app, email, 'verify-email'), new_password: 'another passphrase for tests' },
    }
  },
  'sets a password': async (app) => {
    const email = await member(app)
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    return {
      operation: 'POST /api/auth/reset-password',
      json: { token: linkIn(app, email), new_password: 'another passphrase for tests' },
    }
  },
  'confirms a new address': async (app) => {
    const { access_token } = await signedInUser(app)
    const next = someAddress('next')
    await askForAddress(app, access_token, next)
    return { operation: 'POST /api/auth/confirm-email', json: { token: linkIn(app, next), password: somePassword } }
  },
  'approves a new address': async (app) => {
    const { email, access_token } = await signedInUser(app)
    await askForAddress(app, access_token, someAddress('next'), {})
    return {
      operation: 'POST /api/auth/approve-email-change',
      json: { token: linkIn(app, email, 'approve-email-change') },
    }
  },
  'takes a change of address back': async (app) => {
    return { operation: 'POST /api/auth/revert-email-change', json: { token: (await moved(app)).link } }
  },
  'takes a change of address back with the password': async (app) => {
    const json = { token: (await moved(app)).link, password: somePassword }
    return { operation: 'POST /api/auth/revert-email-change', json }
  },
  'ends a freeze': async (app) => {
    const { link, next } = await moved(app)
    await app.call('POST /api/auth/revert-email-change', { json: { token: link } })
    const json = { token: linkIn(app, next, 'end-freeze'), password: somePassword }
    return { operation: 'POST /api/auth/end-freeze', json }
  },
  'disowns a password': async (app) => {
    const { email, access_token: bearer } = await signedInUser(app)
    const json = { current_password: somePassword, new_password: 'another passphrase for tests' }
    await app.call('POST /api/user/change-password', { bearer, json })
    return { operation: 'POST /api/auth/end-sessions', json: { token: linkIn(app, email) } }
  },
  'undoes a deletion': async (app) => {
    const { email, access_token: bearer } = await signedInUser(app)
    await app.call('DELETE /api/user/account', { bearer })
    return { operation: 'POST /api/auth/undo-deletion', json: { token: linkIn(app, email) } }
  },
  'keeps the old address': async (app) => {
    const { email, access_token } = await signedInUser(app)
    await askForAddress(app, access_token, someAddress('next'))
    return { operation: 'POST /api/auth/cancel-email-change', json: { token: linkIn(app, email) } }
  },
  'ends a session': async (app) => {
    const { email } = await signedInUser(app)
    await logInFrom(app, email, newDevice)
    return { operation: 'POST /api/auth/end-session', json: { token: linkIn(app, email) } }
  },
}

const moments = [
  { when: 'later', seconds: 1, status: 400 },
  { when: 'earlier', seconds: -60, status: 200 },
]

describe('a link that was mailed before TOKENS_NOT_BEFORE', () => {
  it.for(Object.keys(links).flatMap((kind) => moments.map((moment) => ({ kind, ...moment }))))(
    'that $kind: $status where the moment is $when (F17)',
    async ({ kind, seconds, status }, { expect }) => {
      const app = startApp()
      const { operation, json } = await links[kind]!(app)

      const response = await restarted(app, seconds).call(operation, { json })

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
    // It had been good to the end.
    expect((await refresh(app, second)).status).toBe(200)
  })

  it('cannot go on by tokens that an isolate with the settings of before has issued since (F17)', async ({
    expect,
  }) => {
    const app = startApp()
    const { refresh_token } = await signedInUser(app)
    const next = restarted(app, 1)
    app.wait({ seconds: 2 })
    const late = (await (await refresh(app, refresh_token)).json()) as { access_token: string; refresh_token: string }
    const json = { password: somePassword }

    const renewed = await next.call('POST /api/auth/reauthenticate', { bearer: late.access_token, json })

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
  it('is as any other, of the same user too', async ({ expect }) => {
    const app = startApp()
    const { email } = await signedInUser(app)
    const next = restarted(app, 1)

    const { access_token, refresh_token } = await logIn(next, email)

    expect((await profile(next, access_token)).status).toBe(200)
    expect((await refresh(next, refresh_token)).status).toBe(200)
  })
})
