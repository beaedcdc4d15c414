import { describe, it } from 'vitest'
import { codeIn, wrongOf } from '../support/app/mail-log-ins.ts'
import { answer, asksForPasskey, givePasskey } from '../support/app/passkeys.ts'
import { addApp } from '../support/app/second-factors.ts'
import { bound, day, linkByMail, liveLink, type Stranger, stranger, strides } from '../support/app/stranger.ts'
import {
  alterUser,
  cookiesOf,
  mailsTo,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'
import { createPasskey, type SoftPasskey } from '../support/webauthn/authenticator.ts'

/**
 * A stranger who knows an address and has a thousand networks attacks an account with factors for a simulated day. At
 * every moment of it, the owner gets in from a new device within two minutes.
 */

type Client = 'browser' | 'body'

/** A device without cookies. It keeps what the service gives it, as a browser or as a client that keeps tokens. */
const newDevice = (app: TestApp, client: Client) => {
  const cookies: Record<string, string> = {}
  const kept: { challenge?: string; device_token?: string } = {}
  return async (operation: string, json: object) => {
    const withChallenge =
      client === 'body' && operation.endsWith('/code') ? { challenge: kept.challenge, ...json } : json
    const transport = operation.startsWith('login') ? `?transport=${client === 'browser' ? 'cookie' : 'body'}` : ''
    const reply = await app.call(`POST /api/auth/${operation}${transport}`, {
      json: withChallenge,
      ...(client === 'browser' && { cookies }),
      ...(client === 'body' && kept.device_token && { headers: { 'Gatehouse-Device': kept.device_token } }),
    })
    Object.assign(cookies, cookiesOf(reply))
    const { challenge, device_token } = (await reply.clone().json()) as typeof kept
    Object.assign(kept, challenge && { challenge }, device_token && { device_token })
    return reply
  }
}

type Send = ReturnType<typeof newDevice>

type Owner = {
  email: string
  /** Undefined: the account has none. */
  password: string | undefined
  /** Returns a code of the authenticator app. */
  code?: () => Promise<string>
  passkey?: SoftPasskey
}

/** What the owner does on a new device. */
type Visit = {
  app: TestApp
  owner: Owner
  send: Send
  /** What the stranger does between two steps. */
  meanwhile: () => Promise<void>
  /** Called when the owner has done what clears the count of the stranger's guesses. */
  cleared: () => void
}

let passwords = 0

/** Sets a password by a link from the mailbox. Returns whether that was possible. */
const setPassword = async ({ app, owner, send, meanwhile, cleared }: Visit) => {
  const token = await linkByMail(app, owner.email)
  await meanwhile()
  const new_password = `a passphrase of the owner, number ${++passwords}`
  const reply = await send('reset-password', { token: token ?? '', new_password })
  if (reply.status !== 200) return false
  owner.password = new_password
  cleared()
  return true
}

/** Answers the question for a second factor. */
const withCode = async ({ owner, send, meanwhile }: Visit, first: Response) => {
  if (first.status !== 403 || !owner.code) return first
  await meanwhile()
  return send('login/code', { code: await owner.code() })
}

/** Logs in by the password; if strangers have closed that, sets a new one first. */
const byPassword = async (visit: Visit) => {
  const give = () => visit.send('login', { email: visit.owner.email, password: visit.owner.password })
  const first = await give()
  if (first.status !== 429) return withCode(visit, first)
  await setPassword(visit)
  return withCode(visit, await give())
}

/** Asks for a log-in mail and gives its code. Returns undefined if no mail came. */
const byCodeOfMail = async ({ app, owner, send, meanwhile }: Visit) => {
  const before = mailsTo(app, owner.email).length
  await send('login/mail', { email: owner.email })
  if (
    !mailsTo(app, owner.email)
      .slice(before)
      .some(({ subject }) => subject.startsWith('Log in to'))
  )
    return
  const code = codeIn(app, owner.email)
  await meanwhile()
  return send('login/mail/code', { code })
}

/**
 * Logs in by mail. If strangers have used up the mails of unknown devices, the owner sets a password first, which makes
 * the device known.
 */
const byMail = async (visit: Visit) => {
  const first = (await byCodeOfMail(visit)) ?? ((await setPassword(visit)) ? await byCodeOfMail(visit) : undefined)
  return first && withCode(visit, first)
}

const byPasskey = async ({ app, owner, send }: Visit) =>
  send('login/passkey', { credential: await answer(owner.passkey!, await asksForPasskey(app)) })

/** Each kind of account, and the ways in which its owner logs in in turn. */
const kinds = {
  'an app beside the password': {
    ways: [byPassword, byMail],
    make: async (app: TestApp): Promise<Owner> => {
      const { email, user } = await signedInUser(app)
      const { code } = await addApp(app, user.id)
      return { email, password: somePassword, code }
    },
  },
  'a passkey alone': {
    ways: [byPasskey],
    make: async (app: TestApp): Promise<Owner> => {
      const { email, user } = await signedInUser(app)
      const { soft } = await givePasskey(app, user.id)
      await alterUser(app, email, { passwordHash: null })
      return { email, password: undefined, passkey: soft }
    },
  },
  'a mailbox alone': {
    ways: [byMail],
    make: async (app: TestApp): Promise<Owner> => {
      const { email } = await signedInUser(app)
      await alterUser(app, email, { passwordHash: null })
      return { email, password: undefined }
    },
  },
}

/** Everything that a stranger can send about an account whose address and passkey's id are known. */
const worst = async (app: TestApp, { email, passkey }: Owner, attack: Stranger) => {
  const own = await createPasskey({ rpId: 'localhost', origin: 'http://localhost:8787', challenge: 'AAAA' }, {})
  let tested = 0
  let challenge = ''
  /** Replies to requests that must get the stranger nothing. */
  const refusals = new Set<number>()

  /** Asks for a log-in mail and guesses its code, as often as the limits allow. */
  const guessCodes = async () => {
    const reply = await attack.act('login/mail', { email })
    if (reply.status === 200) challenge = ((await reply.json()) as { challenge: string }).challenge
    // Guesses the code itself wrongly, since one right guess in a hundred million would end the test.
    for (let tried = 0; tried < 7; tried++) {
      const code = wrongOf(mailedCode(app, email) ?? '00000000')
      const { status } = await attack.act('login/mail/code', { challenge, code })
      if (status === 429) return
      tested++
    }
  }
  const guessPasswords = async (most: number) => {
    tested += await attack.guess(most)
  }
  const throwGarbage = async () => {
    const asked = await asksForPasskey(app)
    const credential = await answer(own, asked)
    const theirs = passkey ? { ...credential, id: passkey.id, rawId: passkey.id } : credential
    const forged = `${challenge.slice(0, -1)}${challenge.endsWith('A') ? 'B' : 'A'}`
    for (const [operation, json] of [
      ['login/passkey', { credential }],
      ['login/passkey', { credential: theirs }],
      ['login/passkey', { credential: theirs, challenge }],
      ['login/passkey/options', { challenge }],
      ['login/code', { challenge, code: '000000' }],
      ['login/code', { challenge: forged, recovery_code: 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA' }],
      ['login/mail/code', { challenge: forged, code: '00000000' }],
      ['recover-factors', { challenge }],
      ['login/enrol/mail', { challenge }],
      ['login/enrol/options', { challenge, type: 'totp', mail_code: '00000000' }],
    ] as const)
      refusals.add((await attack.act(operation, json)).status)
  }
  const askForMails = async () => {
    await attack.act('forgot-password', { email })
    await attack.act('resend-verification', { email })
    await attack.act('register', { email, password: 'a passphrase of a stranger' })
  }
  return {
    refusals,
    guessCodes,
    guessPasswords,
    throwGarbage,
    askForMails,
    /** Returns how many guesses were tested since the last call. */
    counted: () => {
      const count = tested
      tested = 0
      return count
    },
  }
}

/** Returns the code of the newest log-in mail, which the stranger never sees. */
const mailedCode = (app: TestApp, email: string) =>
  /^(\d{4}) (\d{4})$/m
    .exec(mailsTo(app, email).findLast(({ text }) => /^\d{4} \d{4}$/m.test(text))?.text ?? '')
    ?.slice(1)
    .join('')

describe('the owner of an account with factors, whom a stranger wants to keep out', () => {
  it.for(Object.entries(kinds))(
    'gets in within two minutes, at every moment of a day, with %s, and the stranger guesses no more than NIST allows (N11)',
    { timeout: 300_000 },
    async ([kind, { make, ways }], { expect }) => {
      const app = startApp()
      const owner = await make(app)
      const { email } = owner
      const attack = stranger(app, email)
      const does = await worst(app, owner, attack)
      const shut: number[] = []
      const visits: { status: number | undefined; minutes: number; user: string }[] = []
      const runs: number[] = []
      /** The steps after which the owner comes. */
      const comes = [2, 7, 60, 61, 123, 124, 180, 230]

      for (let step = 0, minute = 0; minute < day; minute += strides[step++ % strides.length]!) {
        if (step > 0) app.wait({ minutes: strides[(step - 1) % strides.length]! })
        await does.guessCodes()
        await does.askForMails()
        if (step % 3 === 0) await does.guessPasswords(11)
        if (step % 6 === 0) await does.throwGarbage()
        await app.services.mailDelivery.deliverDue()
        await app.settled()
        if (!(await liveLink(app, email)) && !(await linkByMail(app, email))) shut.push(minute)
        if (!comes.includes(step)) continue

        const client = visits.length % 2 === 0 ? 'browser' : 'body'
        const began = app.now().getTime()
        const meanwhile = async () => {
          await does.guessPasswords(11)
          await does.guessCodes()
        }
        const cleared = () => void runs.push(does.counted())
        const way = ways[Math.floor(visits.length / 2) % ways.length]!
        const reply = await way({ app, owner, send: newDevice(app, client), meanwhile, cleared })
        // A log-in by passkey leaves the count of wrong passwords and codes as it is.
        if (!owner.passkey) cleared()
        const body = (await reply?.json()) as SessionBody | undefined
        const minutes = (app.now().getTime() - began) / 60_000
        visits.push({ status: reply?.status, minutes, user: body?.user?.email ?? '' })
        // The account stays of its kind.
        if (kind !== 'an app beside the password') await alterUser(app, email, { passwordHash: null })
      }
      runs.push(does.counted())

      expect(shut).toEqual([])
      expect(visits.map(({ status, user }) => [status, user])).toEqual(comes.map(() => [200, email]))
      expect(Math.max(...visits.map(({ minutes }) => minutes))).toBeLessThanOrEqual(2)
      expect(Math.max(...runs)).toBeLessThanOrEqual(bound)
      // The stranger did try, and got nothing but refusals.
      expect(runs.reduce((sum, run) => sum + run)).toBeGreaterThanOrEqual(bound)
      expect([...does.refusals].filter((status) => ![400, 404, 422, 429].includes(status))).toEqual([])
      const { factors } = (await app.db
        .prepare('select factors from users where email = ?')
        .bind(email)
        .first<{ factors: number }>())!
      expect(factors).toBe(owner.code ? 1 : owner.passkey ? 2 : 0)
    },
  )
})
