import { describe, it } from 'vitest'
import { createClient, GatehouseError, memoryTokens } from '../../client/dist/index.js'
import { wayTo } from '../support/app/client-support.ts'
import { codeFor } from '../support/app/enrolments.ts'
import { member, somePassword, startApp } from '../support/app/support.ts'

/** Returns a client that keeps its tokens itself, and one that has cookies. */
const clients = {
  tokens: (fetch: ReturnType<typeof wayTo>['fetch']) =>
    createClient({ url: 'http://localhost:8787', tokens: memoryTokens(), fetch: fetch as never }),
  cookies: (fetch: ReturnType<typeof wayTo>['fetch']) =>
    createClient({ url: 'http://localhost:8787', fetch: fetch as never }),
}

describe.for(Object.entries(clients))('the typed client with %s', ([kind, create]) => {
  it('stays logged in when an app is added, and logs in with its code', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const auth = create(wayTo(app).fetch)
    await auth.logIn({ email, password: somePassword })
    const { secret, enrolment } = await auth.beginTotp()
    await auth.confirmTotp({ enrolment, code: await codeFor(app, secret), current_password: somePassword })

    // The tokens from before would be taken for stolen ones by now.
    app.wait({ minutes: 20 })
    expect(await auth.getProfile()).toMatchObject({ email, second_factor: true })

    await auth.logOut()
    const refused = await auth.logIn({ email, password: somePassword }).catch((error: unknown) => error)
    if (!(refused instanceof GatehouseError)) throw refused
    expect([refused.code, refused.secondFactor?.methods]).toEqual(['second_factor_required', ['totp', 'recovery_code']])
    expect(typeof refused.secondFactor?.challenge).toBe(kind === 'tokens' ? 'string' : 'undefined')
    const challenge = refused.secondFactor?.challenge
    const code = await codeFor(app, secret)
    const { user } = await auth.logInWithCode({ ...(challenge && { challenge }), code })
    expect(user.email).toBe(email)
    expect(await auth.getProfile()).toMatchObject({ email })
  })
})
