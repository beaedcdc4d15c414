import { cookiesOf, type SessionBody, somePassword, type TestApp } from './support.ts'

type App = Pick<TestApp, 'request'>

export type Trusting = SessionBody & { trust_token?: string; trust_expires_in?: number }

/** Logs in with a code, and asks that this device be trusted. */
export const logInTrusting = (app: App, email: string, otp: string, json: object = {}) =>
  app.request('POST /api/auth/login', {
    json: { email, password: somePassword, otp, trust_device: true, ...json },
  })

/** Makes a device trusted, and returns its token and its session. */
export const trustedDevice = async (app: App, { email, code }: { email: string; code: () => Promise<string> }) => {
  const reply = await logInTrusting(app, email, await code())
  const body = (await reply.json()) as Trusting
  const { trust = '' } = cookiesOf(reply)
  if (!trust) throw new Error(JSON.stringify(body))
  return { ...body, trust }
}

/** Logs in with the password alone, on the device of this token. */
export const logInTrusted = (app: App, email: string, trust: string, password = somePassword) =>
  app.request('POST /api/auth/login', {
    json: { email, password },
    headers: { 'Gatehouse-Trust': trust },
  })
