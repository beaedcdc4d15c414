import { newId } from '../../../src/domain/ids.ts'
import { userHandleOf } from '../../../src/domain/passkey-options.ts'
import { verifyRegistration } from '../../../src/domain/webauthn/ceremonies.ts'
import { createDatabase } from '../../../src/storage/database.ts'
import { passkeys } from '../../../src/storage/schema.ts'
import type { Ceremony, SoftPasskey } from '../webauthn/authenticator.ts'
import { createPasskey } from '../webauthn/authenticator.ts'
import { bodyOf } from './administrators.ts'
import { type SessionBody, somePassword, stepUp, type TestApp } from './support.ts'

/** The service of the tests, as a browser sees it. */
export const ourSite = { rpId: 'localhost', origin: 'http://localhost:8787' }

type Creation = { public_key: { challenge: string; user: { id: string; name: string }; rp: { id: string } } }
export type Requested = { public_key: { challenge: string; rpId: string; allowCredentials: { id: string }[] } }

export type PasskeyAdded = SessionBody & {
  passkey: { id: string; name: string; synced: boolean; backed_up: boolean; second_factor_only: boolean }
  recovery_codes?: string[]
  rp_id: string
  user_handle: string
  accepted_credentials: string[]
}

type Caller = Pick<TestApp, 'call'>
type Differs = Partial<Ceremony>

export const beginPasskey = async (app: Caller, bearer: string, json?: object) =>
  bodyOf<Creation>(await app.call('POST /api/user/passkeys/options', { bearer, ...(json && { json }) }))

/** Makes a passkey for the options, as a browser does. */
export const made = async (
  { public_key: { challenge, user } }: Creation,
  differs: Differs = {},
  options: { alg?: -7 | -8 | -257 } = {},
) => createPasskey({ ...ourSite, challenge, ...differs }, { ...options, userHandle: user.id })

/** Adds a passkey as a user would. By default the password is the proof, which suffices for the first factor. */
export const addPasskey = async (
  app: Caller,
  bearer: string,
  {
    proof,
    differs,
    securityKey,
    alg,
  }: { proof?: string; differs?: Differs; securityKey?: boolean; alg?: -7 | -8 | -257 } = {},
): Promise<{ soft: SoftPasskey; added: PasskeyAdded }> => {
  const begun = await beginPasskey(app, bearer, securityKey ? { security_key: true } : undefined)
  const soft = await made(begun, differs, { alg })
  const json = { credential: soft.registration, ...(proof === undefined && { current_password: somePassword }) }
  const headers = proof === undefined ? undefined : { 'Gatehouse-Proof': proof }
  const reply = await app.call('POST /api/user/passkeys', { bearer, json, ...(headers && { headers }) })
  return { soft, added: await bodyOf<PasskeyAdded>(reply, 201) }
}

/** Returns the options of a log-in; with a challenge, those of its second step. */
export const asksForPasskey = async (app: Caller, challenge?: string) =>
  bodyOf<Requested>(
    await app.call('POST /api/auth/login/passkey/options', challenge === undefined ? {} : { json: { challenge } }),
  )

/** Answers the options as a browser does. */
export const answer = (soft: SoftPasskey, { public_key: { challenge } }: Requested, differs: Differs = {}) =>
  soft.sign({ ...ourSite, challenge, ...differs })

/** Logs in with a passkey; with a challenge, in the second step. */
export const logInByPasskey = async (
  app: Caller,
  soft: SoftPasskey,
  { challenge, differs }: { challenge?: string; differs?: Differs } = {},
) => {
  const credential = await answer(soft, await asksForPasskey(app, challenge), differs)
  return app.call('POST /api/auth/login/passkey', { json: { credential, ...(challenge && { challenge }) } })
}

/** Uses a passkey again in a session, and returns the one-use proof. */
export const proofByPasskey = async (app: Caller, bearer: string, soft: SoftPasskey): Promise<string> => {
  const begun = await bodyOf<Requested>(await app.call('POST /api/auth/reauthenticate/passkey/options', { bearer }))
  const credential = await answer(soft, begun)
  return (await bodyOf<SessionBody>(await stepUp(app, { bearer, json: { credential } }))).proof
}

/** Gives a user a passkey, as a registration some time ago would have. */
export const givePasskey = async (app: Pick<TestApp, 'db' | 'now'>, userId: string) => {
  const ceremony = { ...ourSite, challenge: 'AAAA' }
  const soft = await createPasskey(ceremony, { userHandle: userHandleOf(userId) })
  const { verified: uv, ...registered } = await verifyRegistration(soft.registration, {
    ...{ challenge: ceremony.challenge, rpId: ourSite.rpId, origins: [ourSite.origin] },
    verification: true,
  })
  const id = newId(app.now())
  await createDatabase(app.db)
    .insert(passkeys)
    .values({ ...registered, id, userId, uv, rpId: ourSite.rpId, name: 'Key', createdAt: app.now() })
  return { id, soft }
}
