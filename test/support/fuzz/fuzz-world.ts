import { env } from 'cloudflare:workers'
import { addressed, ofLinks, operations } from '../../operations/index.ts'
import { signedInAdmin } from '../app/administrators.ts'
import { twoColours } from '../app/pictures.ts'
import { userWithFactors } from '../app/second-factors.ts'
import { fromOurPage, logIn, member, signedInUser, someAddress, somePassword, startApp } from '../app/support.ts'
import { type Body, type Case, type Cut, type Encoding, goodCase, type Operation } from './fuzz-requests.ts'

const gzipped = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
  )

const encoded = async (text: string, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> => {
  const wellFormed = text.toWellFormed()
  if (encoding === 'utf-16le') return new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'))
  if (encoding === 'utf-16be') return new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le').swap16())
  if (encoding === 'latin1') return new Uint8Array(Buffer.from(text, 'latin1'))
  if (encoding === 'random') return new Uint8Array(Buffer.from(text, 'base64'))
  const utf8 = Uint8Array.from(new TextEncoder().encode(encoding === 'bom' ? `\ufeff${wellFormed}` : wellFormed))
  return encoding === 'gzip' ? gzipped(utf8) : utf8
}

const cutUp = (bytes: Uint8Array<ArrayBuffer>, cuts: Cut[]) =>
  cuts.reduce<Uint8Array<ArrayBuffer>>((left, { at, drop, insert }) => {
    const from = Math.floor(at * left.length)
    return Uint8Array.from([...left.slice(0, from), ...insert, ...left.slice(from + drop)])
  }, bytes)

const chunked = (bytes: Uint8Array<ArrayBuffer>) =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 100) controller.enqueue(bytes.slice(at, at + 100))
      controller.close()
    },
  })

type Sent = { body?: BodyInit; headers: Record<string, string> }

const sent = async (body: Body): Promise<Sent> => {
  if (body.kind === 'none') return { headers: {} }
  if (body.kind === 'json') return { body: JSON.stringify(body.value), headers: { 'Content-Type': body.type } }
  if (body.kind === 'form')
    return {
      body: new URLSearchParams(body.pairs.map((pair) => pair.map((text) => text.toWellFormed()))).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    }
  if (body.kind === 'multipart') {
    const form = new FormData()
    for (const [name, content, file] of body.parts) {
      const bytes = content === '«file»' ? twoColours(8, 8) : new TextEncoder().encode(content)
      if (file) form.append(name.toWellFormed(), new File([bytes], content.slice(0, 20).toWellFormed()))
      else form.append(name.toWellFormed(), content.toWellFormed())
    }
    return { body: form, headers: {} }
  }
  const text = typeof body.value === 'string' ? body.value : (JSON.stringify(body.value) ?? '')
  const bytes = cutUp(await encoded(text, body.encoding), body.cuts)
  return {
    body: body.encoding === 'chunked' ? chunked(bytes) : bytes,
    headers: { 'Content-Type': body.type, ...(body.said !== undefined && { 'Content-Encoding': body.said }) },
  }
}

/** Tables about attempts, which may change even if a request is refused. */
const ofAttempts = new Set(['throttles', 'audit', 'daily'])

/** The full-text index is derived from `users`, and only SQLite reads it. */
const tablesOf = async (db: D1Database) => {
  const own =
    "type = 'table' and name not like 'users_search%' and name not like 'd1_%' and name not like '\\_%' escape '\\'"
  const { results } = await db.prepare(`select name from sqlite_master where ${own} and name not like 'sqlite_%'`).all()
  return results.map(({ name }) => name as string).filter((name) => !ofAttempts.has(name))
}

/** Table, bucket or mailbox → its content. */
type Tables = Record<string, string>

/**
 * Returns a service with a user of each kind, and values by the names that cases use. Each value is created when a case
 * first needs it, and anew when a request has used it up.
 */
export const fuzzWorld = () => {
  const app = startApp({ vars: { THROTTLE_FACTOR: '10000' } })
  const kept = new Map<string, unknown>()
  /** The content of all tables when last read; undefined if something was created since. */
  let found: Tables | undefined
  const keep = async <T>(name: string, make: () => Promise<T> | T): Promise<T> => {
    if (!kept.has(name)) {
      kept.set(name, await make())
      found = undefined
    }
    return kept.get(name) as T
  }
  const user = () => keep('user', () => signedInUser(app))
  const admin = () => keep('admin', () => signedInAdmin(app))
  const withApp = () => keep('with app', () => userWithFactors(app))
  const target = () => keep('target', () => signedInUser(app))

  /** Returns a link that the operation accepts, or any link if it takes none. */
  const makeLink = async (operation: string) => {
    const of = ofLinks.includes(operation) ? operation : ofLinks[0]!
    return ((await operations[of]!.json!(app)) as { token: string }).token
  }

  const living: Record<string, (operation: Operation, as: Case['as']) => Promise<string> | string> = {
    'new address': ({ path }) =>
      path.endsWith('/login') ? keep('address', () => member(app)) : keep('new address', () => someAddress('new')),
    address: () => keep('address', () => member(app)),
    password: () => somePassword,
    'new password': () => 'a new passphrase for tests',
    link: ({ path }) => keep('link', () => makeLink(`POST ${path}`)),
    'refresh token': () => keep('refresh token', async () => (await logIn(app, await member(app))).refresh_token),
    id: async ({ path }) => (path.startsWith('/api/user/') ? ownSession() : (await target()).user.id),
    session: () => ownSession(),
    picture: () =>
      keep('picture', async () => {
        const key = 'A'.repeat(22)
        await env.AVATARS.put(key, twoColours(8, 8))
        return key
      }),
    challenge: async () => {
      const { email } = await withApp()
      const first = await app.call('POST /api/auth/login', { json: { email, password: somePassword } })
      return ((await first.json()) as { challenge: string }).challenge
    },
    code: async () => (await withApp()).code(),
    'recovery code': async () => (await withApp()).recoveryCodes[0]!,
    file: () => '«file»',
  }
  const ownSession = async () => {
    const { access_token: bearer } = await user()
    const reply = await app.call('GET /api/user/sessions', { bearer })
    return ((await reply.json()) as { sessions: { id: string }[] }).sessions[0]!.id
  }

  /** Replaces «…» in every text of a value, also in names of members. */
  const brought = async <T>(value: T, operation: Operation, as: Case['as']): Promise<T> => {
    const names = new Set([...JSON.stringify(value).matchAll(/«([a-z ]+)»/g)].map(([, name]) => name!))
    const found = new Map<string, string>()
    for (const name of names) if (living[name]) found.set(name, await living[name](operation, as))
    const replaced = (part: unknown): unknown => {
      if (typeof part === 'string') return part.replace(/«([a-z ]+)»/g, (all, name) => found.get(name) ?? all)
      if (Array.isArray(part)) return part.map(replaced)
      if (part === null || typeof part !== 'object') return part
      return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, replaced(member)]))
    }
    return replaced(value) as T
  }

  const credentials = async ({ as, via }: Case) => {
    if (as === 'nobody') return {}
    const { access_token } = await (as === 'admin' ? admin() : user())
    return via === 'bearer'
      ? { headers: { Authorization: `Bearer ${access_token}` } }
      : { headers: { ...fromOurPage, Cookie: `token=${access_token}` } }
  }

  /** Makes a request that is good in its form succeed, where that takes more than values of its members. */
  const arranged = async (operation: Operation, request: Case): Promise<Case> => {
    const { arrange } = operations[`${operation.method} ${operation.path}`] ?? {}
    const good = goodCase(operation)
    if (!arrange || request.as !== good.as || request.path !== good.path || request.body.kind !== good.body.kind)
      return request
    const known = 'value' in good.body ? (good.body.value as object) : {}
    const value = 'value' in request.body ? request.body.value : {}
    if (typeof value !== 'object' || value === null) return request
    const same = (name: string) => JSON.stringify((value as Record<string, unknown>)[name])
    const isGood = Object.entries(known).every(([name, member]) => same(name) === JSON.stringify(member))
    if (!isGood) return request
    const { access_token } = await (request.as === 'admin' ? admin() : user())
    found = undefined
    const { id, factor, json, headers } = await arrange(app, access_token)
    const more = Object.entries(value).filter(([name]) => !(name in known))
    return {
      ...request,
      path: id === undefined ? request.path : addressed(operation.path, { id, factor }),
      headers: { ...request.headers, ...headers },
      body:
        'value' in request.body ? { ...request.body, value: { ...json, ...Object.fromEntries(more) } } : request.body,
    }
  }

  /** Reads whichever tables exist, so that a new one is compared too. */
  const stored = async (): Promise<Tables> => {
    names ??= await tablesOf(app.db)
    const rows = await app.db.batch(names.map((table) => app.db.prepare(`select * from "${table}"`)))
    const pictures = (await env.AVATARS.list()).objects.map(({ key, etag }) => `${key} ${etag}`)
    return {
      ...Object.fromEntries(names.map((name, at) => [name, JSON.stringify(rows[at]?.results)])),
      pictures: pictures.join(),
      mails: String(app.mailbox.length),
    }
  }
  let names: string[] | undefined

  return {
    app,

    /** Creates what the request needs beforehand, so that only its own changes show; `send` then sends it. */
    prepare: async (operation: Operation, example: Case) => {
      // The third wrong code of one user causes a mail.
      kept.delete('with app')
      const request = await arranged(operation, example)
      const { path, query, headers, body } = await brought(request, operation, request.as)
      const identity = await credentials(request)
      const { body: bytes, headers: ofBody } = await sent(body)
      const search = new URLSearchParams(query.map((pair) => pair.map((text) => text.toWellFormed()))).toString()
      const call = { body: bytes, headers: { ...ofBody, ...identity.headers, ...headers } }
      return { send: () => app.call(`${operation.method} ${path}${search && `?${search}`}`, call) }
    },

    /** Call after a request that took effect: what it used up is created anew for the next one. */
    renew: () => {
      kept.clear()
      found = undefined
    },

    /** Returns everything that is stored before a request, except counters of attempts. */
    before: async () => {
      found ??= await stored()
      return found
    },

    /** Returns the names of what has changed since `before`. */
    changed: async (before: Tables) => {
      found = await stored()
      const now = found
      return Object.keys(now).filter((name) => now[name] !== before[name])
    },

    /** Returns everything that is stored, as one text. */
    everything: async () => {
      const tables = ['users', 'sessions', 'mail', 'devices', 'audit', 'throttles']
      const rows = await app.db.batch(tables.map((table) => app.db.prepare(`select * from ${table}`)))
      return JSON.stringify([rows.map(({ results }) => results), app.mailbox])
    },

    /** Removes everybody, so that there is little to compare. */
    empty: async () => {
      kept.clear()
      found = undefined
      app.mailbox.length = 0
      await app.db.batch(['users', 'mail', 'audit', 'throttles'].map((table) => app.db.prepare(`delete from ${table}`)))
    },
  }
}
