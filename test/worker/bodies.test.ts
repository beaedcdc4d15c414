import { beforeAll, describe, it } from 'vitest'
import { documented } from '../operations/document.ts'
import { operations as catalogue } from '../operations/index.ts'
import { quickest } from '../support/app/fastest-of.ts'
import { countHashes } from '../support/app/hashes.ts'
import {
  alterUser,
  logIn,
  mailsTo,
  member,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

type Row = {
  operation: string
  access: 'nobody' | 'user' | 'admin'
  bodyOptional: boolean
  members: string[]
  flags: string[]
  fine: string[]
}

/** Every operation that takes JSON. */
const operations: Row[] = documented.flatMap(({ members, ...row }) =>
  members ? { ...row, members, fine: catalogue[row.operation]?.fine ?? [] } : [],
)

/** People for the operations: a signed-in user, an admin, and a user whom the admin may change. */
const people = async (app: TestApp) => {
  const user = await signedInUser(app)
  const chief = await member(app)
  await alterUser(app, chief, { role: 'admin' })
  const admin = await logIn(app, chief)
  return {
    bearers: { nobody: undefined, user: user.access_token, admin: admin.access_token },
    target: user.user.id,
  }
}

/** Something of everything that an operation could read or change. */
const world = async () => {
  const app = startApp({ vars: { THROTTLE_FACTOR: '10000' } })
  const bodies: Record<string, Record<string, unknown>> = {}
  for (const { operation } of operations)
    bodies[operation] = (await catalogue[operation]!.json!(app)) as Record<string, unknown>
  return { app, bodies, ...(await people(app)) }
}

type World = Awaited<ReturnType<typeof world>>

const pathOf = (operation: string, w: World) => operation.replace('{id}', w.target)

/** Everything that is stored, except counters and records of attempts. */
const stored = async ({ app }: World) => {
  const tables = ['users', 'sessions', 'mail', 'devices', 'totals', 'daily']
  const attempts = "where metric <> 'failures'"
  const results = await app.db.batch(
    tables.map((table) => app.db.prepare(`select * from ${table} ${table === 'daily' ? attempts : ''}`)),
  )
  return JSON.stringify(results.map(({ results }) => results))
}

const spoilt: Record<string, unknown> = {
  missing: undefined,
  null: null,
  number: 1,
  array: ['ada@example.com'],
  object: { $ne: 1 },
  empty: '',
  'too long': 'a'.repeat(5000),
  'of a control character': '\u0000',
  'of half a surrogate pair': '\ud800',
}

let w: World
let used: World
beforeAll(async () => {
  w = await world()
  used = await world()
})

type Call = { json?: unknown; body?: BodyInit; headers?: Record<string, string> }

/** Sends the request, and returns the refusal. */
const refusalOf = async (row: Row, call: Call) => {
  const response = await w.app.request(pathOf(row.operation, w), { ...call, bearer: w.bearers[row.access] })
  return {
    status: response.status,
    type: response.headers.get('Content-Type'),
    problem: (await response.json()) as Record<string, unknown>,
  }
}

/** Operations whose good body is refused here, because of what is stored. */
const otherwise: Record<string, number> = {
  // The address is not registered, because a successful log-in would change what must stay the same.
  'POST /api/auth/login': 401,
  // There is an admin.
  'POST /api/auth/first-admin': 404,
}

describe('the table of bodies', () => {
  it('has every operation of the document that takes JSON, and no other (ASVS 2.1.1)', ({ expect }) => {
    const sampled = Object.keys(catalogue).filter((operation) => catalogue[operation]!.json)

    expect(sampled.sort()).toEqual(operations.map(({ operation }) => operation).sort())
  })

  it.for(operations)('has a body that $operation takes', async ({ operation, access }, { expect }) => {
    const own = { ...used, ...(await people(used.app)) }

    const bearer = own.bearers[access]
    const { id = own.target, ...sent } = (await catalogue[operation]!.arrange?.(own.app, bearer!)) ?? {
      json: own.bodies[operation],
    }

    const reply = await own.app.call(operation.replace('{id}', id), { ...sent, bearer })

    expect([200, 201, otherwise[operation]]).toContain(reply.status)
  })
})

describe('a member that is spoilt', () => {
  const cases = operations.flatMap((row) => row.members.map((member) => ({ row, operation: row.operation, member })))

  it.for(cases)(
    '$member of $operation, is refused, and nothing changes (ASVS 1.5.2, 2.2.1, 2.2.2, 15.3.5)',
    async ({ row, member }, { expect }) => {
      const before = await stored(w)
      for (const [how, value] of Object.entries(spoilt)) {
        if (row.fine.includes(`${member} ${how}`)) continue

        const refused = await refusalOf(row, { json: { ...w.bodies[row.operation], [member]: value } })

        expect(refused, how).toMatchObject({ type: 'application/problem+json', problem: { status: refused.status } })
        expect(refused.status, how).toBeGreaterThanOrEqual(400)
        expect(refused.status, how).toBeLessThan(500)
      }
      await w.app.settled()
      expect(await stored(w)).toBe(before)
    },
  )

  it.for(cases)('$member of $operation, is named if its type is wrong', async ({ row, member }, { expect }) => {
    for (const how of ['number', 'array', 'object']) {
      if (row.fine.includes(`${member} ${how}`)) continue
      const refused = await refusalOf(row, { json: { ...w.bodies[row.operation], [member]: spoilt[how] } })

      const fields = (refused.problem.errors as { field: string }[] | undefined)?.map(({ field }) => field) ?? []
      expect(refused.problem.code, how).toBe('validation_failed')
      expect(new Set(fields.map((field) => field.split('.')[0])), how).toEqual(new Set([member]))
    }
  })
})

describe('a member that is true or false', () => {
  const flags = operations.flatMap((row) => row.flags.map((member) => ({ row, operation: row.operation, member })))

  it('is found in the bodies', ({ expect }) => {
    expect(new Set(flags.map(({ member }) => member))).toContain('email_verified')
    expect(flags.length).toBeGreaterThan(8)
  })

  // `remember` takes everything, as older services did: test/worker/remember.test.ts.
  it.for(flags.filter(({ member }) => member !== 'remember'))(
    '$member of $operation, is refused as a text, which would count as true',
    async ({ row, member }, { expect }) => {
      for (const text of ['true', 'false', 'on', 'off', '1', '0', 'no', '']) {
        const refused = await refusalOf(row, { json: { ...w.bodies[row.operation], [member]: text } })

        expect(refused.problem, text).toMatchObject({ code: 'validation_failed', errors: [{ field: member }] })
      }
    },
  )
})

const jsonType = { 'Content-Type': 'application/json' }
const utf8 = new TextEncoder()

const gzipped = (text: string) =>
  new Response(new Response(text).body!.pipeThrough(new CompressionStream('gzip'))).arrayBuffer()

const streamed = (text: string) => {
  const bytes = utf8.encode(text)
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + 4096))
      at += 4096
    },
  })
}

/** Pads a body with spaces, which JSON allows, so that only its size is wrong. */
const padded = (text: string, size: number) => `${text.slice(0, -1)}${' '.repeat(size - utf8.encode(text).length)}}`

type Bad = {
  what: string
  status: number
  make: (good: string) => BodyInit | Promise<BodyInit>
  headers?: Record<string, string>
  /** Nothing shows that there is a body, so an optional body counts as missing. */
  none?: boolean
}

const text = (what: string, body: string, status = 400): Bad => ({ what, status, make: () => body, headers: jsonType })

const bad: Bad[] = [
  { what: 'without a type', status: 415, make: (good) => utf8.encode(good) },
  ...[
    'text/plain',
    'text/json',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/json-patch+json',
    'application/x-json',
    'application/jsonx',
    'json',
    '*/*',
    '',
  ].map((type) => ({
    what: `of type "${type}"`,
    status: 415,
    make: (good: string) => good,
    headers: { 'Content-Type': type },
  })),
  { what: 'that is gzipped', status: 415, make: gzipped, headers: { ...jsonType, 'Content-Encoding': 'gzip' } },
  {
    what: 'that only says it is gzipped',
    status: 415,
    make: (good) => good,
    headers: { ...jsonType, 'Content-Encoding': 'gzip' },
  },
  { what: 'that is gzipped and does not say so', status: 400, make: gzipped, headers: jsonType },
  {
    what: 'with bytes that are not UTF-8',
    status: 400,
    make: (good) => new Uint8Array([...utf8.encode(good.slice(0, -2)), 0xff, 0xfe, ...utf8.encode('"}')]),
    headers: jsonType,
  },
  {
    what: 'in UTF-16',
    status: 400,
    make: (good) => new Uint8Array([0xff, 0xfe, ...[...good].flatMap((sign) => [sign.charCodeAt(0), 0])]),
    headers: jsonType,
  },
  text('that is null', 'null', 422),
  text('that is []', '[]', 422),
  { what: 'that is a list of a right one', status: 422, make: (good) => `[${good}]`, headers: jsonType },
  text('that is "x"', '"x"', 422),
  text('that is 1', '1', 422),
  text('that is true', 'true', 422),
  text('that is {', '{'),
  text('that is NaN', 'NaN'),
  text('that is undefined', 'undefined'),
  text('that is a space', ' '),
  { what: 'that is empty', status: 400, make: () => '', headers: jsonType, none: true },
  { what: 'that is empty and without a type', status: 415, make: () => new Uint8Array(), none: true },
  {
    what: 'with a comma at its end',
    status: 400,
    make: (good) => good.replace(/\}$/, ',}'),
    headers: jsonType,
  },
  { what: 'with NaN in it', status: 400, make: (good) => good.replace(/\}$/, ',"x":NaN}'), headers: jsonType },
  { what: 'with a comment in it', status: 400, make: (good) => `${good}//`, headers: jsonType },
  { what: 'followed by another', status: 400, make: (good) => good + good, headers: jsonType },
  { what: 'that is cut off', status: 400, make: (good) => good.slice(0, -1), headers: jsonType },
  { what: 'in single quotes', status: 400, make: (good) => good.replaceAll('"', "'"), headers: jsonType },
  text('of 8,000 open brackets', '['.repeat(8000)),
  text('of 8,000 lists', '['.repeat(8000) + ']'.repeat(8000), 422),
  {
    what: 'of 2,500 objects',
    status: 422,
    make: (good) => good.replace(/:("[^"]*"|false)/, `:${'{"a":'.repeat(2500)}1${'}'.repeat(2500)}`),
    headers: jsonType,
  },
  {
    what: 'of 17 kB that says so',
    status: 413,
    make: (good) => padded(good, 17_000),
    headers: { ...jsonType, 'Content-Length': '17000' },
  },
  {
    what: 'of 17 kB that does not say so',
    status: 413,
    make: (good) => streamed(padded(good, 17_000)),
    headers: jsonType,
  },
  {
    what: 'of 17 kB that says it is chunked',
    status: 413,
    make: (good) => streamed(padded(good, 17_000)),
    headers: { ...jsonType, 'Transfer-Encoding': 'chunked', 'Content-Length': '5' },
  },
  {
    what: 'of one byte too many',
    status: 413,
    make: (good) => streamed(padded(good, 16 * 1024 + 1)),
    headers: jsonType,
  },
  {
    what: 'of one byte too many of another type',
    status: 413,
    make: (good) => streamed(padded(good, 16 * 1024 + 1)),
    headers: { 'Content-Type': 'text/plain' },
  },
  { what: 'of a megabyte', status: 413, make: (good) => streamed(padded(good, 1_000_000)), headers: jsonType },
]

describe('a body', () => {
  it.for(bad)(
    '$what is refused by every operation, and nothing changes (A-29, A-29a, A-29b)',
    async ({ status, make, headers = {}, none }, { expect }) => {
      const hashes = countHashes()
      const before = await stored(w)
      for (const row of operations) {
        if (none && row.bodyOptional) continue
        const body = await make(JSON.stringify(w.bodies[row.operation]))

        const refused = await refusalOf(row, { body, headers })

        expect(refused, row.operation).toMatchObject({
          status,
          type: 'application/problem+json',
          problem: { status, code: expect.any(String), request_id: expect.any(String) },
        })
      }
      await w.app.settled()
      expect(await stored(w)).toBe(before)
      expect(hashes()).toBe(0)
    },
  )

  it.for([
    { what: 'of the greatest size', make: (good: string) => streamed(padded(good, 16 * 1024)), headers: jsonType },
    {
      what: 'of the greatest size that says so',
      make: (good: string) => padded(good, 16 * 1024),
      headers: { ...jsonType, 'Content-Length': `${16 * 1024}` },
    },
    {
      what: 'with a charset',
      make: (good: string) => good,
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
    },
    {
      what: 'whose type is in capitals',
      make: (good: string) => good,
      headers: { 'Content-Type': 'Application/JSON' },
    },
    {
      what: 'whose type has a space',
      make: (good: string) => good,
      headers: { 'Content-Type': 'application/json ;a=b' },
    },
    {
      what: 'that says it is not encoded',
      make: (good: string) => good,
      headers: { ...jsonType, 'Content-Encoding': 'identity' },
    },
    // RFC 8259 §8.1: implementations may ignore a byte order mark.
    { what: 'with a byte order mark', make: (good: string) => `\ufeff${good}`, headers: jsonType },
  ])('$what is taken (A-29)', async ({ make, headers }, { expect }) => {
    const app = startApp()
    const email = someAddress()

    const taken = await app.call('POST /api/auth/register', {
      body: make(JSON.stringify({ email, password: somePassword })),
      headers,
    })

    expect(taken.status).toBe(201)
    expect(mailsTo(app, email)).toHaveLength(1)
  })

  it.for([
    { what: 'of one character too many', password: 'horse battery staple '.repeat(13).slice(0, 257), status: 422 },
    { what: 'of 15,000 characters', password: 'a'.repeat(15_000), status: 422 },
    { what: 'of 5,000 characters that NFC makes more of', password: '\u1e9b\u0323'.repeat(2500), status: 422 },
    { what: 'of a megabyte', password: 'a'.repeat(1_000_000), status: 413 },
  ])('with a password $what costs no hash (A-30)', async ({ password, status }, { expect }) => {
    const app = startApp()
    const hashes = countHashes()

    const refused = await app.call('POST /api/auth/register', { json: { email: someAddress(), password } })

    expect(refused.status).toBe(status)
    expect(hashes()).toBe(0)
    expect(app.counter.trips).toBe(0)
  })

  it('nested deep is refused in no time (A-29a)', async ({ expect }) => {
    const app = startApp()
    const body = `{"email":${'['.repeat(8000)}${']'.repeat(8000)},"password":"x"}`
    const statuses: number[] = []

    const took = await quickest(200, async () => {
      statuses.push((await app.call('POST /api/auth/register', { body, headers: jsonType })).status)
    })

    expect(new Set(statuses)).toEqual(new Set([422]))
    expect(took).toBeLessThan(200)
  })
})

describe('the form of a log-in', () => {
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

  it.for([
    { what: 'nothing', body: '', status: 422 },
    { what: 'no password', body: 'username=ada%40example.com', status: 422 },
    { what: 'no name', body: `password=${somePassword}`, status: 422 },
    { what: 'two names', body: `username=a&username=b&password=${somePassword}`, status: 422 },
    { what: 'two passwords', body: 'username=a%40example.com&password=a&password=b', status: 422 },
    { what: 'a list', body: `username[]=a%40example.com&password=${somePassword}`, status: 422 },
    { what: 'an object', body: `username[$ne]=1&password[$ne]=1`, status: 422 },
    { what: 'a prototype', body: '__proto__.username=a&__proto__.password=b', status: 422 },
    { what: 'a broken escape', body: 'username=%E0%A4%A&password=%', status: 401 },
    { what: 'a NUL', body: 'username=ada%00%40example.com&password=x', status: 401 },
    { what: 'JSON', body: '{"username":"ada@example.com","password":"x"}', status: 422 },
    { what: 'a long password', body: `username=ada%40example.com&password=${'a'.repeat(4097)}`, status: 422 },
    { what: '17 kB', body: `username=ada%40example.com&password=x&x=${'a'.repeat(17_000)}`, status: 413 },
  ])('with $what is refused (A-24, A-29b)', async ({ body, status }, { expect }) => {
    const app = startApp()

    const refused = await app.call('POST /api/auth/login', { body, headers: form })

    expect(refused.status).toBe(status)
    const unread = status === 413
    expect(refused.headers.get('Content-Type')).toBe(unread ? 'application/problem+json' : 'application/json')
  })

  it.for([
    { type: 'application/x-www-form-urlencoded' },
    { type: 'APPLICATION/X-WWW-FORM-URLENCODED' },
    { type: 'application/x-www-form-urlencoded; charset=UTF-8' },
  ])('is taken as $type', async ({ type }, { expect }) => {
    const app = startApp()
    const email = await member(app)
    const body = new URLSearchParams({ username: email, password: somePassword, grant_type: 'password' }).toString()

    const entered = await app.call('POST /api/auth/login', { body, headers: { 'Content-Type': type } })

    expect(entered.status).toBe(200)
  })

  it('of several parts is not accepted', async ({ expect }) => {
    const app = startApp()
    const email = await member(app)
    const body = new FormData()
    body.set('username', email)
    body.set('password', somePassword)

    const refused = await app.call('POST /api/auth/login', { body })

    expect(refused.status).toBe(415)
  })
})
