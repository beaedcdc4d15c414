import { describe, it } from 'vitest'
import { linkPages, ofLinks, operations } from '../operations/index.ts'
import { codeOf, profile, signedInUser, somePassword, startApp, type TestApp } from '../support/app/support.ts'

/** What a link opens besides the operation of its page: the link that verifies an address also sets a password. */
const also: Record<string, string> = { 'POST /api/auth/verify-email': 'POST /api/auth/reset-password' }

const bodyWith = (token: string) => ({ token, password: somePassword, new_password: 'another fine passphrase' })

/** Sends a token to an operation, without members that the operation does not know. */
const open = async (app: TestApp, operation: string, token: string) => {
  const known = Object.keys(await operations[operation]!.json!(startApp()))
  const json = Object.fromEntries(Object.entries(bodyWith(token)).filter(([member]) => known.includes(member)))
  return app.call(operation, { json })
}

const answers = async (app: TestApp, token: string, to: string[]) => {
  const seen: [string, number, string][] = []
  for (const operation of to) {
    const reply = await open(app, operation, token)
    seen.push([operation, reply.status, await codeOf(reply)])
  }
  return seen
}

const refused = (to: string[]) => to.map((operation) => [operation, 400, 'invalid_token'])

describe('the link of a mail', () => {
  it.for(ofLinks)('opens what it is for, and nothing else: %s (A-09)', async (operation, { expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '10000' } })
    const json = (await operations[operation]!.json!(app)) as { token: string }
    const others = ofLinks.filter((other) => other !== operation && other !== also[operation])

    const seen = await answers(app, json.token, others)
    const opened = await app.call(operation, { json })

    expect(seen).toEqual(refused(others))
    expect(opened.status).toBe(200)
  })

  it('is no access token and no refresh token (A-09)', async ({ expect }) => {
    const app = startApp()
    const { access_token, refresh_token } = await signedInUser(app)

    const seen = [...(await answers(app, access_token, ofLinks)), ...(await answers(app, refresh_token, ofLinks))]

    expect(linkPages.length).toBeGreaterThanOrEqual(11)
    // An access token does not even have the form of a link.
    expect(new Set(seen.map(([, status, code]) => `${status} ${code}`))).toEqual(
      new Set(['400 invalid_token', '422 validation_failed']),
    )
    expect((await profile(app, access_token)).status).toBe(200)
  })
})
