import { base64url } from 'jose'
import { describe, it } from 'vitest'
import { createMacs } from '../../src/domain/macs.ts'
import { createMailCodes } from '../../src/domain/mail-codes.ts'
import { bodyOf } from '../support/app/administrators.ts'
import {
  addPasskey,
  asksForPasskey,
  beginPasskey,
  logInByPasskey,
  made,
  proofByPasskey,
  type Requested,
} from '../support/app/passkeys.ts'
import { codeOf, logInWith, signedInUser, somePassword, startApp, type TestApp } from '../support/app/support.ts'
import { faulty } from '../support/faults/faulty.ts'
import type { SoftPasskey } from '../support/webauthn/authenticator.ts'

/** What ASVS asks of factors, beyond how they are used. */

const sources = import.meta.glob('../../src/storage/*.ts', { query: '?raw', import: 'default', eager: true })

/** Everything that says by which key a passkey is verified. */
const keyOf = (app: TestApp, soft: SoftPasskey) =>
  app.db
    .prepare('select id, user_id, credential_id, rp_id, public_key, alg from passkeys where credential_id = ?')
    .bind(soft.id)
    .first()

describe('the public key of a passkey', () => {
  it('is changed by no operation (ASVS 6.7.1)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const { soft, added } = await addPasskey(app, user.access_token)
    const before = await keyOf(app, soft)
    const { id } = added.passkey
    const stranger = await signedInUser(app)
    const theirs = await made(await beginPasskey(app, stranger.access_token))
    const grabs = { public_key: 'AAAA', publicKey: 'AAAA', alg: -7, credential_id: theirs.id, rp_id: 'evil.example' }

    await bodyOf(await logInByPasskey(app, soft))
    const { challenge } = (await (await logInWith(app, user.email, somePassword)).json()) as { challenge: string }
    await bodyOf(await logInByPasskey(app, soft, { challenge }))
    const proof = await proofByPasskey(app, added.access_token, soft)
    const renamed = await app.call(`PATCH /api/user/passkeys/${id}`, {
      bearer: added.access_token,
      json: { name: 'Key', ...grabs },
    })
    await addPasskey(app, added.access_token, { proof })
    // Somebody registers the same credential id with a key of their own.
    const credential = { ...theirs.registration, id: soft.id, rawId: soft.id }
    const taken = await app.call('POST /api/user/passkeys', {
      bearer: stranger.access_token,
      json: { credential, current_password: somePassword },
    })

    expect(renamed.status).toBe(200)
    expect(taken.ok).toBe(false)
    expect(await keyOf(app, soft)).toEqual(before)
    // Storage names the column where it defines and where it compares it; a new passkey is inserted as a whole.
    const naming = Object.entries(sources).flatMap(([path, text]) =>
      [...String(text).matchAll(/.*\b(?:publicKey|public_key)\b.*/g)].map(
        ([line]) => `${path.split('/').at(-1)}: ${line.trim()}`,
      ),
    )
    expect(naming.sort()).toEqual([
      'passkey-proofs.ts: eq(passkeys.publicKey, publicKey),',
      'passkey-proofs.ts: export const passkeyHolds = (db: Db, { id, publicKey, challenge }: UsedPasskey, alone = false) =>',
      "schema.ts: publicKey: text('public_key').notNull(),",
    ])
  })

  it('is that of the row at the moment when the session starts (ASVS 6.7.1)', async ({ expect }) => {
    const app = startApp()
    const user = await signedInUser(app)
    const { soft } = await addPasskey(app, user.access_token)
    const other = await addPasskey(app, (await signedInUser(app)).access_token)
    const key = (await keyOf(app, other.soft))!.public_key
    const replaced = faulty(app.db, async ({ sql }, go) => {
      if (sql.some((text) => text.includes('insert into "sessions"')))
        await app.db.prepare('update passkeys set public_key = ? where credential_id = ?').bind(key, soft.id).run()
      return go()
    })

    const reply = await logInByPasskey(startApp({ bindings: { DB: replaced } }), soft)

    expect([reply.status, await codeOf(reply)]).toEqual([400, 'invalid_token'])
  })
})

describe('the challenge for an authenticator', () => {
  it('has 160 random bits and never repeats, whatever it is for (ASVS 6.7.2)', async ({ expect }) => {
    const app = startApp({ vars: { THROTTLE_FACTOR: '100' } })
    const user = await signedInUser(app)
    const { added } = await addPasskey(app, user.access_token)
    const bearer = added.access_token
    const first = async () =>
      ((await (await logInWith(app, user.email, somePassword)).json()) as { challenge: string }).challenge
    const ways: (() => Promise<{ public_key: { challenge: string } }>)[] = [
      () => asksForPasskey(app),
      async () => asksForPasskey(app, await first()),
      () => beginPasskey(app, bearer),
      async () => bodyOf<Requested>(await app.call('POST /api/auth/reauthenticate/passkey/options', { bearer })),
    ]

    const asked: string[] = []
    for (let i = 0; i < 20; i++) for (const way of ways) asked.push((await way()).public_key.challenge)

    const nonces = asked.map((challenge) => base64url.decode(challenge).subarray(0, 20))
    expect(new Set(nonces.map(String)).size).toBe(asked.length)
    // Each bit is set in some of them, and not in others.
    for (let bit = 0; bit < 160; bit++) {
      const set = nonces.filter((nonce) => (nonce[bit >> 3]! >> (bit & 7)) & 1).length
      expect([0, asked.length], `bit ${bit}`).not.toContain(set)
    }
  })
})

describe('a mailed code', () => {
  it('is eight digits, each of which may be any (ASVS 6.5.4)', async ({ expect }) => {
    const app = startApp()
    const codes = createMailCodes(createMacs(app.services.settings.tokenKeys))

    const some = Array.from({ length: 1000 }, (_, i) => codes.of(`mail ${i}`))

    expect(some.filter((code) => !/^\d{8}$/.test(code))).toEqual([])
    expect(new Set(some).size).toBeGreaterThan(990)
    for (let at = 0; at < 8; at++) expect(new Set(some.map((code) => code[at])).size, `digit ${at}`).toBe(10)
  })
})
