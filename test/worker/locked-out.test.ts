import { describe, it } from 'vitest'
import { bound, day, linkByMail, liveLink, type Stranger, stranger, strides } from '../support/app/stranger.ts'
import { cookiesOf, mailsTo, member, startApp, type TestApp } from '../support/app/support.ts'

/**
 * A stranger who knows an address and has a thousand networks attacks it for a simulated day. At every moment of it,
 * the owner gets in by mail from a new device within two minutes; a link that somebody else requested counts.
 */

type Client = 'browser' | 'body'

/** Gets a session on a new device, while the stranger goes on between every two steps. */
const getIn = async (app: TestApp, email: string, client: Client, password: string, attack: Stranger) => {
  const token = await linkByMail(app, email)
  await attack.guess(12)
  const reset = await app.call('POST /api/auth/reset-password', {
    json: { token: token ?? '', new_password: password },
  })
  if (reset.status !== 200) return { status: reset.status, guesses: 0 }
  const guesses = await attack.guess(bound)
  const { device_token = '' } = (await reset.json()) as { device_token?: string }
  const known = client === 'browser' ? { cookies: cookiesOf(reset) } : { headers: { 'Gatehouse-Device': device_token } }
  const loggedIn = await app.call(`POST /api/auth/login?transport=${client === 'browser' ? 'cookie' : 'body'}`, {
    json: { email, password },
    ...known,
  })
  // The stranger's count started anew with the new password, and again with the log-in.
  return { status: loggedIn.status, guesses }
}

describe('the owner whom a stranger wants to keep out', () => {
  it('gets in by mail within two minutes, at every moment of a day, and the stranger guesses no more than NIST allows (N11)', {
    timeout: 300_000,
  }, async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const attack = stranger(app, email)
    const shut: number[] = []
    const outcomes: number[] = []
    const runs: number[] = []
    let guesses = 0
    let journeys = 0
    /** The steps after which the owner comes. */
    const comes = new Set([7, 61, 123, 180])

    for (let step = 0, minute = 0; minute < day; minute += strides[step++ % strides.length]!) {
      if (step > 0) app.wait({ minutes: strides[(step - 1) % strides.length]! })
      await attack.act('forgot-password', { email })
      if (step % 3 === 0) {
        await attack.act('resend-verification', { email })
        await attack.act('register', { email, password: 'a passphrase of a stranger' })
        guesses += await attack.guess(11)
      }
      await app.services.mailDelivery.deliverDue()
      await app.settled()
      if (!(await liveLink(app, email)) && !(await linkByMail(app, email))) shut.push(minute)
      if (!comes.has(step)) continue
      const password = `a passphrase of the owner, number ${++journeys}`
      const { status, guesses: more } = await getIn(app, email, journeys % 2 ? 'body' : 'browser', password, attack)
      outcomes.push(status)
      runs.push(guesses, more)
      guesses = 0
    }
    runs.push(guesses)

    expect(shut).toEqual([])
    expect(outcomes).toEqual(Array(comes.size).fill(200))
    expect(Math.max(...runs)).toBeLessThanOrEqual(bound)
    // The stranger did try, as often as the limits allow.
    expect(runs.reduce((sum, run) => sum + run)).toBeGreaterThan(bound)
    // The mailbox was not flooded: it has only as many mails as the limits of resets and of registrations allow.
    expect(mailsTo(app, email).length).toBeLessThan((day / 60) * (7 + 6))
  })
})
