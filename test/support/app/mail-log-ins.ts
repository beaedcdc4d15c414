import { cookiesOf, linkIn, mailsTo, type TestApp } from './support.ts'

/** Returns the code in the newest mail to an address. */
export const codeIn = (app: TestApp, email: string): string => {
  const code = /^(\d{4}) (\d{4})$/m.exec(mailsTo(app, email).at(-1)?.text ?? '')
  if (!code) throw new Error(`no code in the newest mail to ${email}`)
  return `${code[1]}${code[2]}`
}

/** Another code of the same form. */
export const wrongOf = (code: string) => String((Number(code) + 1) % 100_000_000).padStart(8, '0')

type Asking = { device?: string; remember?: boolean; challenge?: string; ip?: string; cookies?: Record<string, string> }

/** Asks for a log-in mail, and returns what the browser keeps. */
export const askForMail = async (app: TestApp, email: string, { device, ip, cookies, ...more }: Asking = {}) => {
  const reply = await app.call('POST /api/auth/login/mail', {
    json: { email, ...more },
    ...(device && { headers: { 'Gatehouse-Device': device } }),
    ...(ip && { ip }),
    ...(cookies && { cookies }),
  })
  if (reply.status !== 200) throw new Error(`asking answered ${reply.status}: ${await reply.text()}`)
  const { challenge } = (await reply.json()) as { challenge: string }
  return { challenge, cookie: cookiesOf(reply).login! }
}

/** Asks for a log-in mail, and returns what came with it: a body with the code, and one with the link. */
export const mailed = async (app: TestApp, email: string, asking?: Asking) => {
  const { challenge, cookie } = await askForMail(app, email, asking)
  const code = codeIn(app, email)
  const token = linkIn(app, email, 'login/mail/link')
  return { challenge, cookie, code, token, byCode: { challenge, code }, byLink: { challenge, token } }
}

/** Logs in by the code of a mail. */
export const logInByMail = async (app: TestApp, email: string, asking?: Asking) =>
  app.call('POST /api/auth/login/mail/code', { json: (await mailed(app, email, asking)).byCode })
