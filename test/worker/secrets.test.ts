import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { documented } from '../operations/document.ts'
import { faults as operations } from '../operations/index.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import { formWith } from '../support/app/avatar-support.ts'
import { chrome } from '../support/app/browsers.ts'
import { codeFor, type Enrolment } from '../support/app/enrolments.ts'
import { twoColours } from '../support/app/pictures.ts'
import { factorsIn, found, keeping, macOf, stored, type Trace, tokensIn, watchLogs } from '../support/app/secrets.ts'
import {
  type Message,
  newPassword,
  type SessionBody,
  somePassword,
  startApp,
  stepUp,
  type TestApp,
} from '../support/app/support.ts'
import { send } from '../support/faults/fault-runs.ts'

import { faulty, overloaded } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

/** Values that belong to nobody else, however they are written. */
const person = {
  addresses: ['zqsentinel.one@example.com', 'zqsentinel.two@example.com', 'zqsentinel.three@example.com'],
  name: 'Xvsentinel Wqname',
  names: ['Xvsentinel', 'Wqname', 'Kzsentinel'],
  phone: '+442079460958',
}
const passwords = {
  first: 'first-sentinel-8fJq2 passphrase',
  second: 'second-sentinel-8fJq2 passphrase',
  third: 'third-sentinel-8fJq2 passphrase',
  wrong: 'wrong-sentinel-8fJq2 passphrase',
  others: 'others-sentinel-8fJq2 passphrase',
}

/**
 * They are only in the tables `users` and `mail`, as docs/reference/storage.md says, and in pieces of three letters in
 * the index.
 */
const columnsOf = {
  address: /^D1 (users\.(email|email_canonical|pending_email|search_email)|mail\.(address|address_canonical))$/,
  name: /^D1 users\.(name|search_name)$/,
  phone: /^D1 users\.(phone|search_phone)$/,
}

const keysOfThisRun = [
  ...env.TOKEN_KEYS.split(',').map((key) => key.split('.')[1]!),
  ...(JSON.parse(env.SIGNING_KEYS) as { keys: { d: string }[] }).keys.map(({ d }) => d),
]

const linksIn = (mails: Message[]) =>
  mails.flatMap(({ text, html }) => [...`${text} ${html}`.matchAll(/#token=([\w.-]+)/g)].map(([, token]) => token!))

const mailTraces = (mails: Message[]): Trace[] =>
  mails.map((mail) => ({ where: `mail to ${mail.to}`, text: JSON.stringify(mail) }))

type Story = { app: TestApp; replies: Trace[]; logs: Trace[]; mails: Message[] }

/** The newest link that was mailed to an address; a later notice may have no link. */
const linkIn = ({ mailbox }: TestApp, address: string) => linksIn(mailbox.filter(({ to }) => to === address)).at(-1)!

/** Everything that a user and an admin do, right and wrong, with D1 failing in between. */
const live = async (): Promise<Story> => {
  const logs = watchLogs()
  const replies: Trace[] = []
  const plain = startApp({ vars: { THROTTLE_FACTOR: '100' } })
  const app = keeping(plain, replies)
  const [one, two, three] = person.addresses as [string, string, string]
  const auth = (path: string, json: object, more = {}) => app.call(`POST /api/auth/${path}`, { json, ...more })

  await auth('register', { email: one, password: passwords.others, name: person.name, phone: person.phone })
  app.wait({ minutes: 2 })
  await auth('register', { email: one, password: passwords.first, name: person.name })
  await auth('reset-password', { token: linkIn(app, one), new_password: passwords.first })
  await auth('register', { email: one, password: passwords.others })
  await auth('login', { email: one, password: passwords.wrong })
  await auth('login', { email: one, password: passwords.first })
  const entered = await auth('login', { email: one, password: passwords.first }, { headers: { 'User-Agent': chrome } })
  const session = (await entered.json()) as SessionBody
  let bearer = session.access_token
  const ask = (operation: string, json?: object, body?: FormData) => app.call(operation, { bearer, json, body })

  await auth('refresh', { refresh_token: session.refresh_token })
  await auth('refresh', { refresh_token: `${session.refresh_token.slice(0, -4)}AAAA` })
  await auth('verify-email', { token: `${linkIn(app, one).slice(0, -4)}AAAA` })
  await stepUp(app, { bearer, json: { password: passwords.wrong } })
  await stepUp(app, { bearer, json: { password: passwords.first } })
  await ask('PATCH /api/user/profile', { name: person.name, phone: person.phone, password: passwords.others })
  await ask('PATCH /api/user/profile', { email: two, current_password: passwords.first })
  await auth('confirm-email', { token: linkIn(app, two) })
  await auth('confirm-email', { token: linkIn(app, two), password: passwords.wrong })
  await auth('confirm-email', { token: linkIn(app, two), password: passwords.first })
  await ask('POST /api/user/upload-avatar', undefined, formWith(twoColours(8, 8), { name: `${passwords.others}.png` }))
  await ask('POST /api/user/change-password', { current_password: passwords.wrong, new_password: passwords.second })
  const changed = await ask('POST /api/user/change-password', {
    current_password: passwords.first,
    new_password: passwords.second,
  })
  bearer = ((await changed.json()) as SessionBody).access_token
  const { secret, enrolment } = (await (await ask('POST /api/user/factors/totp')).json()) as Enrolment
  const confirm = (code: string) =>
    ask('POST /api/user/factors/totp/confirm', { enrolment, code, current_password: passwords.second })
  await confirm('000000')
  const added = await confirm(await codeFor(app, secret))
  bearer = ((await added.json()) as SessionBody).access_token
  await ask('GET /api/user/factors')
  await ask('GET /api/user/sessions')
  await ask('GET /api/user/export')
  app.wait({ minutes: 2 })
  await auth('forgot-password', { email: two })
  await auth('reset-password', { token: linkIn(app, two), new_password: passwords.third })
  // Input that cannot be read, parsed or stored must not be revealed either.
  await app.request('POST /api/auth/login', {
    body: `{"email":"${two}","password":"${passwords.third}"`,
    headers: { 'Content-Type': 'application/json' },
  })
  await app.request(`GET /api/auth/verify-email?token=${linkIn(app, two)}&password=${passwords.third}`)
  await app.request(`GET /${encodeURIComponent(two)}/${passwords.third}`)
  await auth('login', { email: two, password: [passwords.third] })
  const down = keeping(startApp({ bindings: { DB: faulty(env.DB, () => Promise.reject(overloaded())) } }), replies)
  await down.request('POST /api/auth/register', { json: { email: three, password: passwords.third } })
  await down.request('POST /api/auth/login', { json: { email: two, password: passwords.third } })
  const refusing = () => Promise.reject(Object.assign(new Error(`no mail to ${two}`), { code: 'E_DELIVERY_FAILED' }))
  const unsent = keeping(startApp({ bindings: { EMAIL: { send: refusing } as unknown as SendEmail } }), replies)
  unsent.wait({ minutes: 5 })
  await unsent.call('POST /api/auth/forgot-password', { json: { email: two } })

  const admin = await signedInAdmin(app)
  const { id } = session.user
  const order = (operation: string, json?: object) => app.call(operation, { bearer: admin.access_token, json })
  await order('GET /api/admin/users?search=sentinel')
  await order(`GET /api/admin/users/${id}`)
  await order(`GET /api/admin/users/${id}/sessions`)
  await order(`PATCH /api/admin/users/${id}`, { name: 'Kzsentinel', email: three })
  await order(`POST /api/admin/users/${id}/password-reset`)
  await order(`PUT /api/admin/users/${id}/status`, { status: 'disabled' })
  await order('GET /api/admin/audit')
  await order('GET /api/admin/stats')
  await app.request('GET /.well-known/jwks.json')
  return { app, replies, logs, mails: [...plain.mailbox, ...unsent.mailbox] }
}

let told: Promise<Story> | undefined

/** Created once for all tests. */
const story = () => {
  told ??= live()
  return told
}

/** Returns the places of values that must not be there. */
const leaks = async ({ app, replies, logs, mails }: Story, typed: string[]): Promise<string[]> => {
  const kept = await stored(app)
  const letters = mailTraces(mails)
  const everything = [...kept, ...logs, ...replies, ...letters]
  const tokens = tokensIn(replies)
  const links = linksIn(mails)
  const codes = mails.flatMap(({ text }) =>
    [...text.matchAll(/^(\d{4}) (\d{4})$/gm)].map(([, first, second]) => new RegExp(`\\b${first} ?${second}\\b`)),
  )
  const giving = documented.filter(({ givesTokens }) => givesTokens).map(({ operation }) => `reply ${operation}`)
  const given = { test: (where: string) => giving.includes(where) }
  /**
   * A new password makes its device known, a registration its browser, and a request for a log-in mail the browser that
   * asked. Their replies may contain those tokens, and no others.
   */
  const allowed: [where: RegExp, what: RegExp][] = [
    [/^reply POST \S*\/reset-password$/, /^set-cookie: device=.*$|"device_token":"[^"]*"/gim],
    [/^reply POST \S*\/register$/, /^set-cookie: registered=.*$/gim],
    [/^reply POST \S*\/login\/mail$/, /^set-cookie: login=.*$|"challenge":"[^"]*"/gim],
  ]
  const withoutAllowed = (reply: Trace) => ({
    ...reply,
    text: allowed.reduce(
      (text, [where, what]) => (where.test(reply.where) ? text.replace(what, '') : text),
      reply.text,
    ),
  })
  const named = <Of extends string>(what: Of, places: string[]) =>
    [...new Set(places)].map((place) => `${what}: ${place}`)
  return [
    ...named('a password', found(everything, typed)),
    ...named('a key', found(everything, keysOfThisRun)),
    ...named('a token', found([...kept, ...logs, ...letters], [...tokens, ...tokens.map(macOf)])),
    ...named(
      'a token',
      found(replies.filter(({ where }) => !given.test(where)).map(withoutAllowed), tokens.map(macOf)),
    ),
    ...named('a factor', found([...kept, ...logs, ...letters], factorsIn(replies))),
    // Only the page of the link shows the code, to who has the link.
    ...named(
      'a code',
      [...kept, ...logs, ...replies]
        .filter(({ where, text }) => !where.endsWith('/login/mail/link') && codes.some((code) => code.test(text)))
        .map(({ where }) => where),
    ),
    ...named('a link', found([...kept, ...logs, ...replies], [...links, ...links.map(macOf)])),
    // A link is in one mail, and in the same mail again if that was sent again.
    ...links.filter((link) => new Set(found(letters, [link])).size !== 1).map(() => 'a link: mails to two addresses'),
  ]
}

beforeEach(() => vi.restoreAllMocks())

afterEach(() => {
  vi.restoreAllMocks()
  logged()
})

describe('after all that a user and an admin can do', () => {
  it('no password, token, link or key is anywhere but where it belongs (ASVS 16.2.5, 14.2.6, 6.5.2)', async ({
    expect,
  }) => {
    const told = await story()

    // There is something to find.
    expect(tokensIn(told.replies).length).toBeGreaterThan(8)
    expect(linksIn(told.mails).length).toBeGreaterThan(8)
    expect(factorsIn(told.replies).length).toBeGreaterThan(8)
    expect(found(told.replies, person.addresses).length).toBeGreaterThan(4)
    expect(await leaks(told, Object.values(passwords))).toEqual([])
  })

  it('addresses and names are in the columns that hold them, and in mails to their owner (ASVS 16.2.5, A-36)', async ({
    expect,
  }) => {
    const { app, logs, mails } = await story()
    const kept = (await stored(app)).filter(({ where }) => !where.startsWith('D1 users_search'))
    const places = (of: string[]) => [...new Set(found([...kept, ...logs], of))]
    const elsewhere = mailTraces(mails.filter(({ to }) => !person.addresses.includes(to)))

    expect(places(person.addresses).filter((place) => !columnsOf.address.test(place))).toEqual([])
    expect(places(person.names).filter((place) => !columnsOf.name.test(place))).toEqual([])
    expect(places([person.phone]).filter((place) => !columnsOf.phone.test(place))).toEqual([])
    expect(places(person.addresses).length).toBeGreaterThan(2)
    expect(elsewhere.length).toBeGreaterThan(0)
    expect(found(elsewhere, [...person.addresses, ...person.names, person.phone])).toEqual([])
  })

  it('the full-text index knows no word of a password (ASVS 16.2.5)', async ({ expect }) => {
    const { app } = await story()
    const matches = (word: string) =>
      app.db.prepare('select count(*) as n from users_search where users_search match ?').bind(`"${word}"`).first('n')

    expect(await matches('zqsentinel')).toBeGreaterThan(0)
    expect(await matches('8fJq2')).toBe(0)
  })

  it('the search finds a leak in each place that is searched', async ({ expect }) => {
    const told = await story()
    const { app, replies, logs, mails } = told
    const [password] = Object.values(passwords) as [string]
    const typed = Object.values(passwords)
    const refresh = tokensIn(replies).find((token) => token.split('.').length === 4)!
    const link = linksIn(mails)[0]!
    const [row] = (await app.db.prepare('select id, user_agent from audit limit 1').all()).results
    const plant = (text: string | null) =>
      app.db.prepare('update audit set user_agent = ? where id = ?').bind(text, row!.id).run()

    const seen: Record<string, string[]> = {}
    for (const [name, text] of Object.entries({
      password,
      inBase64: btoa(`user:${password}`),
      refresh,
      mac: macOf(refresh),
      link,
      key: keysOfThisRun[0]!,
    })) {
      await plant(text)
      seen[name] = await leaks(told, typed)
    }
    await plant(row!.user_agent as string | null)
    await app.kv.put('sid:planted', password)
    seen.kv = await leaks(told, typed)
    await app.kv.delete('sid:planted')
    await env.AVATARS.put('planted', 'x', { customMetadata: { name: encodeURIComponent(password) } })
    seen.r2 = await leaks(told, typed)
    await env.AVATARS.delete('planted')
    seen.log = await leaks(
      { ...told, logs: [...logs, { where: 'log error', text: JSON.stringify({ password }) }] },
      typed,
    )
    seen.reply = await leaks({ ...told, replies: [...replies, { where: 'reply GET /x', text: link }] }, typed)
    const copy = { ...mails[0]!, to: 'somebody.else@example.com', text: `${link.replace(/^/, '#token=')} ${password}` }
    seen.mail = await leaks({ ...told, mails: [...mails, copy] }, typed)

    expect(seen).toEqual({
      password: ['a password: D1 audit.user_agent'],
      inBase64: ['a password: D1 audit.user_agent'],
      refresh: ['a token: D1 audit.user_agent'],
      mac: ['a token: D1 audit.user_agent'],
      link: ['a link: D1 audit.user_agent'],
      key: ['a key: D1 audit.user_agent'],
      kv: ['a password: KV'],
      r2: ['a password: R2'],
      log: ['a password: log error'],
      reply: ['a link: reply GET /x'],
      mail: expect.arrayContaining(['a password: mail to somebody.else@example.com', 'a link: mails to two addresses']),
    })
    expect(await leaks(told, typed)).toEqual([])
  })
})

/**
 * Calls every operation of the document once, and collects everything that it left and the lines that its request alone
 * wrote.
 */
const sweep = async () => {
  const logs = watchLogs()
  const replies: Trace[] = []
  const mails: Message[] = []
  const last = startApp()
  const wrote: { name: string; lines: string[]; status: number; expected: number; app: TestApp }[] = []
  for (const operation of operations) {
    const before = startApp()
    before.wait({ minutes: -1, seconds: -1 })
    const { request } = await operation.arrange(keeping(before, replies))
    await before.settled()
    const from = logs.length
    const now = startApp()
    const reply = await send(keeping(now, replies), request)
    await now.settled()
    const lines = logs.slice(from).map(({ text }) => text)
    wrote.push({ name: operation.operation, lines, status: reply.status, expected: operation.status, app: now })
    mails.push(...before.mailbox, ...now.mailbox)
  }
  return { app: last, replies, logs, mails, wrote }
}

let swept: ReturnType<typeof sweep> | undefined

/** Created once for both tests. */
const all = () => {
  swept ??= sweep()
  return swept
}

describe('each operation of the document', () => {
  it('leaves no password, token, link or key where it does not belong (ASVS 16.2.5, 14.2.6)', {
    timeout: 60_000,
  }, async ({ expect }) => {
    const told = await all()

    const typed = [somePassword, newPassword, 'a password of an attacker']
    expect(told.wrote.map(({ status }) => status)).toEqual(told.wrote.map(({ expected }) => expected))
    expect(await leaks(told, typed)).toEqual([])
  })

  it('has one line in the log, of its name, with what D1 was asked (ASVS 16.2.1)', { timeout: 60_000 }, async ({
    expect,
  }) => {
    const { wrote } = await all()

    for (const { name, lines, status, app } of wrote) {
      expect(lines, name).toHaveLength(1)
      const line = JSON.parse(lines[0]!) as Record<string, number | string>
      expect(line, name).toMatchObject({ at: 'reply', operation: name, method: name.split(' ')[0], status })
      expect(Number(line.trips) + Number(line.trips_after ?? 0), name).toBe(app.counter.trips)
      expect(line, name).toMatchObject({ rows_read: app.counter.rowsRead, rows_written: app.counter.rowsWritten })
      expect(line, name).not.toHaveProperty('uncounted')
    }
    expect(wrote.map(({ name }) => name)).toEqual(operations.map(({ operation }) => operation))
  })
})
