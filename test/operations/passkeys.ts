import { decodeJwt } from 'jose'
import { addPasskey, beginPasskey, givePasskey, logInByPasskey, made, proofByPasskey } from '../support/app/passkeys.ts'
import type { SessionBody, TestApp } from '../support/app/support.ts'
import { isTrue, someoneSignedIn } from '../support/faults/fault-world.ts'
import { proofHeader } from '../support/way-back/way-back-world.ts'
import { type FactorKind, hasFactors, removing, renaming, rightPassword } from './factor-rows.ts'
import { type Operations, publicly } from './operation.ts'

/** A credential in its form, which no authenticator made. */
const credential = {
  id: 'AAAA',
  type: 'public-key',
  response: { clientDataJSON: 'e30', attestationObject: 'oA', transports: ['internal'] },
  clientExtensionResults: { credProps: { rk: true } },
}

/** A body that adds a first passkey in the session of the token. */
const adding = async (app: TestApp, bearer: string) => {
  const { registration } = await made(await beginPasskey(app, bearer))
  return { credential: registration, ...rightPassword }
}

/** A user who logged in with a passkey, and a request about it with full proof. */
const holder = async (app: TestApp, session: SessionBody) => {
  const { soft, added } = await addPasskey(app, session.access_token)
  const { access_token: bearer, proof } = (await (await logInByPasskey(app, soft)).json()) as SessionBody
  return { soft, id: added.passkey.id, bearer, headers: proofHeader(proof) }
}

const request = async (app: TestApp, session: SessionBody) => {
  const { soft: _, ...rest } = await holder(app, session)
  return rest
}

/** Gives the caller a passkey, and gives all their factors again. */
const withPasskey = async (app: TestApp, bearer: string) => {
  const { sub = '' } = decodeJwt(bearer)
  const { id, soft } = await givePasskey(app, sub)
  return { id, headers: proofHeader(await proofByPasskey(app, bearer, soft)) }
}

const passkey: FactorKind = {
  ...{ table: 'passkeys', what: 'a passkey', short: 'passkey', name: 'Key in the drawer', bits: 10 },
  ...{ holder: request, give: withPasskey },
}

export const passkeys: Operations = {
  'POST /api/user/passkeys/options': {
    json: () => ({ security_key: false }),
    fine: ['security_key missing'],
    costs: {
      'the first passkey': {
        trips: 1,
        statements: 2,
        rows: [5, 0],
        request: async ({ logIn }) => ({ bearer: (await logIn()).access_token }),
      },
    },
    faults: [
      {
        name: 'begin to add a passkey',
        status: 200,
        again: 200,
        arrange: async (app) => ({ request: { bearer: (await someoneSignedIn(app)).access_token } }),
      },
    ],
  },
  'POST /api/user/passkeys': {
    json: () => ({ credential, ...rightPassword }),
    fine: ['name missing', 'name null', 'current_password missing'],
    arrange: async (app, bearer) => ({ json: await adding(app, bearer) }),
    costs: {
      'the first passkey': {
        status: 201,
        trips: [2, 1],
        statements: [24, 3],
        rows: [95, 26],
        kv: { puts: 2 },
        mails: 1,
        hashes: 1,
        request: async (world) => {
          const { email, access_token: bearer } = await world.logIn()
          await world.logIn(email)
          return { bearer, json: await adding(world.app, bearer) }
        },
      },
      'an answer to another challenge': {
        status: 400,
        trips: [1, 1],
        statements: [4, 1],
        rows: [9, 2],
        hashes: 1,
        request: async (world) => {
          const { access_token: bearer } = await world.logIn()
          const { registration } = await made(await beginPasskey(world.app, (await world.logIn()).access_token))
          return { bearer, json: { credential: registration, ...rightPassword } }
        },
      },
    },
    faults: [
      {
        name: 'add a passkey',
        status: 201,
        again: 403,
        arrange: async (app) => {
          const session = await someoneSignedIn(app)
          const { id } = session.user
          return {
            request: { json: await adding(app, session.access_token), bearer: session.access_token },
            done: hasFactors('passkeys', id, 1),
            holds: (later, done) =>
              isTrue(later, 'select 1 from users where id = ? and factors = ?', id, done ? 10 : 0),
          }
        },
      },
    ],
  },
  'PATCH /api/user/passkeys/{id}': renaming(passkey),
  'DELETE /api/user/passkeys/{id}': removing(passkey, {
    last: { statements: [17, 3], rows: [68, 16] },
    unknown: { statements: 17, rows: [35, 0] },
  }),
  'GET /.well-known/passkey-endpoints': publicly(),
  'GET /.well-known/webauthn': publicly(),
}
