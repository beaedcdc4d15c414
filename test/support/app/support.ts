import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { expect } from 'vitest'
import { canonicalPath } from '../../../src/aliases.ts'
import { createApp } from '../../../src/app.ts'
import { createServices, type Outside, type Services } from '../../../src/services.ts'
import { createDatabase } from '../../../src/storage/database.ts'
import { users } from '../../../src/storage/schema.ts'
import { checkReply } from './contract.ts'
import { counted, countedCalls, imagesCounts, kvCounts, nothing, r2Counts } from './counting-bindings.ts'

export type Message = { to: string; subject: string; text: string; html: string }

type Call = {
  json?: unknown
  form?: Record<string, string>
  body?: BodyInit
  headers?: Record<string, string>
  bearer?: string
  /** A whole Cookie header, or name → value. */
  cookies?: string | Record<string, string>
  ip?: string
  /** What Cloudflare reports about the visitor: `city`, `country`. */
  cf?: Record<string, string>
}

type Options = {
  vars?: Partial<Record<string, string>>
  /** Bindings in place of the real ones, to make them fail. */
  bindings?: Partial<Env>
  /** What an entry other than the default one brings. */
  outside?: Partial<Outside>
}

let addresses = 0

/** Returns an address that is unique in this file. */
export const someAddress = (name = 'ada') => `${name}${++addresses}@example.com`

export const somePassword = 'a passphrase for tests'

export const newPassword = 'a new passphrase for tests'

let apps = 0

/** Starts the service with a clock that the test moves and a mailbox that it reads; everything else is real. */
export const startApp = ({ vars = {}, bindings = {}, outside: brought = {} }: Options = {}) => {
  let time = Date.now()
  let pending: Promise<unknown>[] = []
  let services: Services | undefined
  const mailbox: Message[] = []
  const counter = nothing()
  // A variable with the value undefined is a missing setting.
  const all = {
    ...env,
    EMAIL: {
      send: async (message: { to: string; subject: string; text: string; html: string }) => {
        mailbox.push(message)
        return { messageId: `<${mailbox.length}@example.com>` }
      },
    },
    // The real one counts by the wall clock, and for all tests together.
    SHIELD: { limit: async () => ({ success: true }) },
    ...vars,
    ...bindings,
  } as unknown as Env
  const db = counted(all.DB, counter)
  // A missing binding stays missing.
  const bound = {
    DENYLIST: all.DENYLIST && countedCalls(all.DENYLIST, counter, kvCounts),
    AVATARS: all.AVATARS && countedCalls(all.AVATARS, counter, r2Counts),
    IMAGES: all.IMAGES && countedCalls(all.IMAGES, counter, imagesCounts),
  }
  const outside = {
    now: () => new Date(time),
    defer: (work: Promise<unknown>) => void pending.push(work),
    replied: () => scheduler.wait(0),
    ...brought,
  }
  const servicesFor = () => {
    services ??= createServices({ ...all, ...bound, DB: db }, outside)
    return services
  }
  const app = createApp(servicesFor)
  /** Each app has a network of its own, so that limits of one test do not reach another. */
  const ownAddress = `10.${[16, 8, 0].map((bits) => (apps >> bits) & 255).join('.')}`
  apps++

  /** Waits for the work after replies: mails, KV. */
  const settled = async () => {
    while (pending.length > 0) {
      const work = pending
      pending = []
      await Promise.all(work)
    }
  }

  const request = async (operation: string, call: Call = {}): Promise<Response> => {
    const [method = 'GET', path = '/'] = operation.split(' ')
    const headers = new Headers({ 'CF-Connecting-IP': call.ip ?? ownAddress, 'User-Agent': 'test', ...call.headers })
    if (call.bearer) headers.set('Authorization', `Bearer ${call.bearer}`)
    if (call.cookies) {
      const pairs = typeof call.cookies === 'string' ? call.cookies : cookieHeader(call.cookies)
      headers.set('Cookie', pairs)
    }
    let body = call.body
    if (call.json !== undefined) {
      body = JSON.stringify(call.json)
      if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json')
    }
    if (call.form) body = new URLSearchParams(call.form)
    const url = path.startsWith('http') ? path : `${all.APP_URL}${path}`
    return app.fetch(new Request(url, { method, headers, body, cf: call.cf }), all)
  }

  return {
    mailbox,
    counter,
    settled,
    get services() {
      return servicesFor()
    },
    db: all.DB,
    kv: all.DENYLIST,
    now: () => new Date(time),
    wait: ({ seconds = 0, minutes = 0, hours = 0, days = 0 }) => {
      time += ((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000
    },

    /** Sends a request, checks the reply against the OpenAPI document, and waits for the work after it. */
    call: async (operation: string, call: Call = {}): Promise<Response> => {
      const response = await request(operation, call)
      await settled()
      const [method = 'GET', path = '/'] = operation.split(' ')
      const declared = canonicalPath(new URL(path, 'http://localhost').pathname)
      const type = response.headers.get('Content-Type')
      const text = new TextDecoder().decode(await response.clone().arrayBuffer())
      expect(checkReply(method, declared, response.status, type, text), `${operation}: ${text}`).toEqual([])
      return response
    },

    /** The same without the check, for requests that the document does not describe. */
    request,

    /** Returns what the bindings had to do until the reply; `whole` includes the work after it. */
    cost: async (operation: string, call: Call = {}) => {
      await settled()
      Object.assign(counter, nothing())
      const response = await request(operation, call)
      const before = { ...counter }
      await settled()
      return { response, ...before, tripsAfter: counter.trips - before.trips, whole: { ...counter } }
    },

    cron: async () => {
      await servicesFor().mailDelivery.deliverDue()
      await servicesFor().upkeep.removeExpired()
      await servicesFor().upkeep.removeOrphans()
      await servicesFor().accountDeletion.eraseDue()
      await servicesFor().wayBack.endDue()
      await servicesFor().upkeep.mendSearch()
      await settled()
    },
  }
}

export type TestApp = ReturnType<typeof startApp>

const cookieHeader = (cookies: Record<string, string>) =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')

/** Returns the cookies that a reply sets, name → value. */
export const cookiesOf = (response: Response): Record<string, string> =>
  Object.fromEntries(
    response.headers.getSetCookie().map((line) => {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      return [name, value]
    }),
  )

export const mailsTo = (app: TestApp, address: string) => app.mailbox.filter((mail) => mail.to === address)

/** Returns the token of the first link in the newest mail to an address, or of the one that leads to `page`. */
export const linkIn = (app: TestApp, address: string, page = ''): string => {
  const mail = mailsTo(app, address).at(-1)
  const token = new RegExp(`${page}#token=([\\w.-]+)`).exec(mail?.text ?? '')?.[1]
  if (!token) throw new Error(`no link in the newest mail to ${address}: ${mail?.subject ?? 'no mail'}`)
  return token
}

export const register = (app: TestApp, email: string, password = somePassword) =>
  app.call('POST /api/auth/register', { json: { email, password } })

/** Creates a verified user who is not logged in, and returns the address. */
export const member = async (app: TestApp, email = someAddress(), password = somePassword): Promise<string> => {
  await register(app, email, password)
  await app.call('POST /api/auth/verify-email', { json: { token: linkIn(app, email) } })
  return email
}

export type SessionBody = {
  access_token: string
  refresh_token: string
  expires_in: number
  refresh_expires_in: number
  /** For the header `Gatehouse-Proof`; only a log-in and a re-authentication return it. */
  proof: string
  proof_expires_in: number
  user: { id: string; email: string }
}

/** Tries a password. */
export const logInWith = (app: TestApp, email: string, password: string) =>
  app.call('POST /api/auth/login', { json: { email, password } })

/** Returns which of the two passwords lets the user in. */
export const whichOpens = async (app: TestApp, email: string, fresh = newPassword) => ({
  old: (await logInWith(app, email, somePassword)).status === 200,
  new: (await logInWith(app, email, fresh)).status === 200,
})

export const logIn = async (app: TestApp, email: string, password = somePassword): Promise<SessionBody> => {
  const response = await app.call('POST /api/auth/login', { json: { email, password } })
  if (response.status !== 200) throw new Error(`log-in answered ${response.status}: ${await response.text()}`)
  return response.json()
}

/** Creates a verified user with a session. */
export const signedInUser = async (app: TestApp, email = someAddress()) => {
  await member(app, email)
  return { email, ...(await logIn(app, email)) }
}

export const refresh = (app: TestApp, refresh_token: string) =>
  app.call('POST /api/auth/refresh', { json: { refresh_token } })

export const stepUpOperation = 'POST /api/auth/reauthenticate'

/** Gives the password of a session again. */
export const stepUp = (app: Pick<TestApp, 'call'>, call: Call) => app.call(stepUpOperation, call)

/** Changes the password of a session. */
export const changePassword = (
  app: Pick<TestApp, 'call'>,
  by: Call,
  current_password = somePassword,
  new_password = newPassword,
) => app.call('POST /api/user/change-password', { ...by, json: { current_password, new_password } })

/** Requests a change of address, with full proof unless `given` says otherwise. */
export const askForAddress = (
  app: TestApp,
  bearer: string,
  email: string,
  given: object = { current_password: somePassword },
) => app.call('PATCH /api/user/profile', { bearer, json: { email, ...given } })

/** Follows the link to a new address, from a session of the account or with its password. */
export const confirmEmail = (app: TestApp, token: string, by: { bearer?: string; password?: string } = {}) =>
  app.call('POST /api/auth/confirm-email', { bearer: by.bearer, json: { token, password: by.password } })

/** Follows the link with which the current mailbox approves a change that was requested without full proof. */
export const approveChange = (app: TestApp, token: string) =>
  app.call('POST /api/auth/approve-email-change', { json: { token } })

export const profile = (app: TestApp, bearer: string) => app.call('GET /api/user/profile', { bearer })

/** Changes a user's row directly, for states that no request reaches. */
export const alterUser = (app: TestApp, email: string, values: Partial<typeof users.$inferInsert>) =>
  createDatabase(app.db).update(users).set(values).where(eq(users.email, email))

/** The header that a page of ours sends with every request and a page of another site cannot. */
export const fromOurPage = { Origin: 'http://localhost:8787' }

export const codeOf = async (response: Response) => ((await response.clone().json()) as { code: string }).code
