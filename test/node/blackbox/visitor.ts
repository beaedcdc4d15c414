import assert from 'node:assert/strict'
import { eventually } from './service.ts'

// biome-ignore lint/suspicious/noExplicitAny: each test states what it expects of the body
type Reply = { status: number; headers: Headers; body: any }

/** Sends a request with JSON and returns the answer, parsed if it is JSON. No cookies are kept. */
export const call = async (
  url: string,
  route: string,
  { json, token }: { json?: object; token?: string } = {},
): Promise<Reply> => {
  const [method, path] = route.split(' ') as [string, string]
  const headers = new Headers()
  if (json) headers.set('Content-Type', 'application/json')
  if (token) headers.set('Authorization', `Bearer ${token}`)
  const body = json ? JSON.stringify(json) : null
  const response = await fetch(url + path, {
    method,
    headers,
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(30_000),
  })
  const type = response.headers.get('Content-Type') ?? ''
  return {
    status: response.status,
    headers: response.headers,
    body: /json/.test(type) ? await response.json() : await response.text(),
  }
}

const mailbox = '/cdn-cgi/local/explorer/api/local/email/sending'

/** Returns the text of the newest mail to an address that contains `part`, as the mailbox of `npm start` shows it. */
export const mailWith = (url: string, address: string, part: string): Promise<string> =>
  eventually(`a mail to ${address} with ${part}`, 20_000, async () => {
    const { body } = await call(url, `GET ${mailbox}?per_page=100`)
    for (const { messageId, to } of body.result) {
      if (!to.includes(address)) continue
      const mail = await call(url, `GET ${mailbox}?email_id=${encodeURIComponent(messageId)}`)
      if (mail.body.result.text.includes(part)) return mail.body.result.text
    }
  })

/**
 * Returns the token of the link to a page of this service. The link must lead to the URL at which the service was
 * started.
 */
export const tokenFor = async (url: string, address: string, page: string): Promise<string> => {
  const text = await mailWith(url, address, `/auth/${page}#token=`)
  const link = text.split(/\s+/).find((word) => word.startsWith(`${url}/auth/${page}#token=`))
  if (!link) throw new Error(`no link to ${url} in:\n${text}`)
  return link.slice(link.indexOf('=') + 1)
}

let made = 0

/** Returns credentials that nobody has used. */
export const someone = () => ({
  email: `somebody-${process.pid}-${++made}@example.com`,
  password: `orange bicycle ${crypto.randomUUID()}`,
})

/** Creates a user who has registered and followed the link in the mail. */
export const member = async (url: string) => {
  const credentials = someone()
  const registered = await call(url, 'POST /api/auth/register', { json: credentials })
  assert.equal(registered.status, 201, JSON.stringify(registered.body))
  const token = await tokenFor(url, credentials.email, 'verify-email')
  const verified = await call(url, 'POST /api/auth/verify-email', { json: { token } })
  assert.equal(verified.status, 200, JSON.stringify(verified.body))
  return credentials
}
