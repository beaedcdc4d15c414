import { somePassword, type TestApp } from './support.ts'

export const wrong = 'not the passphrase at all'

/** Networks that no other test uses. */
let networks = 0
export const someNetwork = () => `192.0.${Math.floor(++networks / 250)}.${networks % 250}`

type Attempt = { password?: string; ip?: string; headers?: Record<string, string>; device?: string | undefined }

/** Tries to log in, by default with a wrong password from a new network. */
export const attempt = (app: TestApp, email: string, { password = wrong, ip, headers, device }: Attempt = {}) =>
  app.call('POST /api/auth/login', {
    json: { email, password },
    ip: ip ?? someNetwork(),
    headers,
    cookies: device === undefined ? undefined : { device },
  })

export const right = { password: somePassword }

/** Sends `times` requests, one after the other, and returns their statuses. */
export const statuses = async (times: number, ask: (n: number) => Promise<Response>) => {
  const answers: number[] = []
  for (let n = 0; n < times; n++) answers.push((await ask(n)).status)
  return answers
}

/** Returns one second less than the `Retry-After` of the reply. */
export const almost = (response: Response) => Number(response.headers.get('Retry-After')) - 1
