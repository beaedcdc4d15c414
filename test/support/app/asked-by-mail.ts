import { it } from 'vitest'
import { seen } from './equal-replies.ts'
import { alterUser, member, register, someAddress, startApp, type TestApp } from './support.ts'

/** Addresses for which a mail may be requested, by their state. */
const asked = {
  'is unknown': async () => someAddress(),
  'is verified': (app: TestApp) => member(app),
  'waits to be verified': async (app: TestApp) => {
    const email = someAddress()
    await register(app, email)
    return email
  },
  'lost its password to a second registration': async (app: TestApp) => {
    const email = someAddress()
    await register(app, email)
    await register(app, email, 'another passphrase')
    return email
  },
  'is disabled': async (app: TestApp) => {
    const email = await member(app)
    await alterUser(app, email, { status: 'disabled' })
    return email
  },
  'was disabled before it was verified': async (app: TestApp) => {
    const email = someAddress()
    await register(app, email)
    await alterUser(app, email, { status: 'disabled' })
    return email
  },
}

/**
 * Tests a request that anybody may send for any address: all get the same reply, and only the mailbox shows the
 * difference.
 * @param mails the addresses to try, and how many mails each gets
 */
export const asksByMail = (
  ask: (app: TestApp, email: string) => Promise<Response>,
  mails: Partial<Record<keyof typeof asked, number>>,
) => {
  const cases = Object.entries(mails).map(([what, count]) => ({ what: what as keyof typeof asked, count }))

  it.for(cases)('answers the same for an address that $what (A-02, ASVS 6.3.8)', async ({ what }, { expect }) => {
    const app = startApp()
    const email = await asked[what](app)
    const stranger = someAddress()
    app.wait({ minutes: 1 })

    const replies = [await ask(app, email), await ask(app, stranger)]

    expect(replies[0]!.status).toBe(200)
    expect(await seen(replies[0]!, email)).toBe(await seen(replies[1]!, stranger))
  })

  it.for(cases)('sends $count mails to an address that $what', async ({ what, count }, { expect }) => {
    const app = startApp()
    const email = await asked[what](app)
    app.wait({ minutes: 1 })
    const before = app.mailbox.length

    await ask(app, email)

    expect(app.mailbox).toHaveLength(before + count)
  })
}
