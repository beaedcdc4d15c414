import { createPasskey } from '../webauthn/authenticator.ts'
import { bodyOf } from './administrators.ts'
import { codeFor, type Enrolment } from './enrolments.ts'
import { ourSite } from './passkeys.ts'
import {
  alterUser,
  logInWith,
  mailsTo,
  member,
  type SessionBody,
  someAddress,
  somePassword,
  type TestApp,
} from './support.ts'

export const mailOperation = 'POST /api/auth/login/enrol/mail'
export const optionsOperation = 'POST /api/auth/login/enrol/options'
export const enrolOperation = 'POST /api/auth/login/enrol'

export type EnrolmentRefusal = {
  code: string
  challenge: string
  methods: string[]
  expires_in: number
  detail: string
}
export type Begun = Enrolment & { challenge: string; public_key: { challenge: string; user: { id: string } } }
export type Enrolled = SessionBody & { recovery_codes: string[]; accepted_credentials?: string[] }

/** Creates a verified user of whom an admin requires a second factor, and returns the address. */
export const memberWhoMustEnrol = async (app: TestApp, email = someAddress()) => {
  await member(app, email)
  await alterUser(app, email, { mfaRequired: true })
  return email
}

/** Logs in by the password, which is not enough. */
export const refusedUntilEnrolled = async (app: TestApp, email: string) =>
  bodyOf<EnrolmentRefusal>(await logInWith(app, email, somePassword), 403)

/** Returns the code in the newest mail to an address. */
export const mailedCode = (app: TestApp, email: string): string => {
  const code = /^(\d{4} \d{4})$/m.exec(mailsTo(app, email).at(-1)?.text ?? '')?.[1]
  if (!code) throw new Error(`no code in the newest mail to ${email}`)
  return code
}

/** Logs in and asks for the code: the challenge that names the mail, and its code. */
export const codeAskedFor = async (app: TestApp, email: string) => {
  const { challenge: first } = await refusedUntilEnrolled(app, email)
  const { challenge } = await bodyOf<{ challenge: string }>(
    await app.call(mailOperation, { json: { challenge: first } }),
  )
  return { challenge, mail_code: mailedCode(app, email) }
}

/** Gives the mailed code, and begins to add a factor. */
export const enrolmentBegun = async (app: TestApp, email: string, type: 'totp' | 'passkey' = 'totp') =>
  bodyOf<Begun>(await app.call(optionsOperation, { json: { ...(await codeAskedFor(app, email)), type } }))

/** Returns the last request of an enrolment. */
export const appConfirmed = async (app: Pick<TestApp, 'now'>, { challenge, enrolment, secret }: Begun, steps = 0) => ({
  challenge,
  enrolment,
  code: await codeFor(app, secret, steps),
})

/** Makes a passkey for the options, as a browser does. */
export const passkeyMade = async (
  { challenge, public_key: { challenge: asked, user } }: Begun,
  differs: object = {},
) => {
  const soft = await createPasskey({ ...ourSite, challenge: asked, ...differs }, { userHandle: user.id })
  return { soft, json: { challenge, credential: soft.registration } }
}

/** Logs in by adding an app. */
export const logInByEnrolling = async (app: TestApp, email: string) => {
  const begun = await enrolmentBegun(app, email)
  const reply = await app.call(enrolOperation, { json: await appConfirmed(app, begun) })
  return { ...(await bodyOf<Enrolled>(reply)), secret: begun.secret }
}
