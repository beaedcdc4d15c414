import { base32, oneTimePassword, stepOf } from '../../../src/domain/totp.ts'
import { bodyOf } from './administrators.ts'
import { type SessionBody, somePassword, stepUp, type TestApp } from './support.ts'

export type Enrolment = { secret: string; otpauth_uri: string; enrolment: string; expires_in: number }

export type Added = SessionBody & {
  factor: { id: string; name: string | null; created_at: string; last_used_at: string | null }
  recovery_codes?: string[]
}

export type Factors = {
  totp: Added['factor'][]
  passkeys: { id: string; name: string }[]
  recovery_codes: { left: number; created_at: string } | null
}

type Caller = Pick<TestApp, 'call' | 'now'>

/** Returns the code that an app with this seed shows now, or `steps` later. */
export const codeFor = (app: Pick<TestApp, 'now'>, secret: string, steps = 0) =>
  oneTimePassword(base32.decode(secret)!, stepOf(app.now()) + steps)

export const beginTotp = async (app: Caller, bearer: string): Promise<Enrolment> =>
  bodyOf<Enrolment>(await app.call('POST /api/user/factors/totp', { bearer }))

export const confirmTotp = (app: Caller, bearer: string, json: object, headers?: Record<string, string>) =>
  app.call('POST /api/user/factors/totp/confirm', { bearer, json, ...(headers && { headers }) })

/** Adds an authenticator app as a user would. By default the password is the proof, which suffices for the first app. */
export const enrol = async (
  app: Caller,
  bearer: string,
  { name, proof, password = somePassword }: { name?: string; proof?: string; password?: string } = {},
): Promise<Added & { secret: string }> => {
  const { secret, enrolment } = await beginTotp(app, bearer)
  const given = proof === undefined ? { current_password: password } : {}
  const json = { enrolment, code: await codeFor(app, secret), ...(name !== undefined && { name }), ...given }
  const headers = proof === undefined ? undefined : { 'Gatehouse-Proof': proof }
  return { ...(await bodyOf<Added>(await confirmTotp(app, bearer, json, headers), 201)), secret }
}

/** Gives all factors again and returns the one-use proof. Waits a step first, because every code counts once. */
export const proofBy = async (
  app: TestApp,
  bearer: string,
  secret: string,
  password = somePassword,
): Promise<string> => {
  app.wait({ seconds: 30 })
  const json = { password, otp: await codeFor(app, secret) }
  return (await bodyOf<SessionBody>(await stepUp(app, { bearer, json }))).proof
}

/** Makes a log-in from before an app was added one with both factors, whose proof counts again. */
export const withBoth = ({ db }: Pick<TestApp, 'db'>, { user, proof }: SessionBody) =>
  db
    .prepare('update sessions set mfa_at = auth_time, proof = ? where user_id = ?')
    .bind(proof.split('.')[0], user.id)
    .run()

export const factorsOf = async (app: Caller, bearer: string): Promise<Factors> =>
  bodyOf<Factors>(await app.call('GET /api/user/factors', { bearer }))
