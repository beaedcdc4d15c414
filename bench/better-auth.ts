import { createHmac, randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { scrypt } from '@noble/hashes/scrypt.js'
import { hashPassword } from 'better-auth/crypto'
import { getMigrations } from 'better-auth/db/migration'
import { hashCost } from './gatehouse.ts'
import type { Answer, Person } from './load.ts'
import {
  addressOf,
  always,
  get,
  inserts,
  loggingIn,
  type Operation,
  ownerOf,
  password,
  post,
  type Side,
  type Size,
} from './side.ts'
import { everythingOptions } from './workers/better-auth-everything-options.ts'
import { peerOptions, type Variant } from './workers/better-auth-options.ts'

const url = 'http://localhost:8787'
const day = 86_400_000

const schema = async (variant: Variant): Promise<string[]> => {
  const make = variant.PLUGINS === 'everything' ? everythingOptions : peerOptions
  const options = make({ ...variant, BETTER_AUTH_SECRET: secret, BETTER_AUTH_URL: url }, () => {})
  const { compileMigrations } = await getMigrations({ ...options, database: new DatabaseSync(':memory:') })
  return (await compileMigrations()).split(';').flatMap((statement) => statement.trim() || [])
}

const secret = randomBytes(32).toString('base64url')

/** Signs a token as the library does: `token.base64(HMAC-SHA-256)`, encoded. */
const cookieOf = (token: string) => {
  const signature = createHmac('sha256', secret).update(token).digest('base64')
  return `better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`
}

/** Returns the cookies of an answer that have a value, by name. */
const cookiesIn = ({ headers }: Answer): Map<string, string> => {
  const lines = [headers['set-cookie'] ?? []].flat()
  return new Map(lines.map((line) => /^([^=]+)=([^;]*)/.exec(line)!.slice(1, 3) as [string, string]))
}

const ourHash = () => {
  const salt = randomBytes(16)
  const key = scrypt(password, salt, { N: 2 ** hashCost.ln, r: hashCost.r, p: hashCost.p, dkLen: 32 })
  return `${salt.toString('hex')}:${Buffer.from(key).toString('hex')}`
}

/** The peer, with the same users: verified and signed in, the first of them an admin. */
export const betterAuth = async ({ users, ends }: Size, variant: Variant): Promise<Side> => {
  const now = Date.now()
  const time = (milliseconds: number) => new Date(milliseconds).toISOString()
  const hash = variant.HASH === 'gatehouse' ? ourHash() : await hashPassword(password)
  const crowd = Array.from({ length: users }, (_, number) => ({ id: randomBytes(16).toString('hex'), number }))
  const session = (userId: string, days: number) => ({
    id: randomBytes(16).toString('hex'),
    expiresAt: time(now + days * day),
    token: randomBytes(16).toString('hex'),
    createdAt: time(now),
    updatedAt: time(now),
    ipAddress: '',
    userAgent: '',
    userId,
  })
  const own = crowd.map(({ id }) => session(id, 7))
  const ending = Array.from({ length: ends }, (_, number) => session(crowd[ownerOf(number, users)]!.id, 7))
  // Sessions that are a day old: the peer renews them.
  const due = Array.from({ length: ends }, (_, number) => session(crowd[ownerOf(number, users)]!.id, 5))
  const dates = { createdAt: time(now), updatedAt: time(now) }

  const sql = [
    ...(await schema(variant)),
    ...inserts(
      'user',
      crowd.map(({ id, number }) => ({
        id,
        name: `Person ${number}`,
        email: addressOf(number),
        emailVerified: 1,
        ...dates,
        ...(variant.PLUGINS && { role: number === 0 ? 'admin' : 'user', banned: 0 }),
      })),
    ),
    ...inserts(
      'account',
      crowd.map(({ id }) => ({
        id: randomBytes(16).toString('hex'),
        accountId: id,
        providerId: 'credential',
        userId: id,
        password: hash,
        ...dates,
      })),
    ),
    ...inserts('session', [...own, ...ending, ...due]),
  ]

  const from = { Origin: url }
  const signedIn = (token: string) => ({ ...from, Cookie: cookieOf(token) })
  let registered = 0
  let ended = 0
  let renewed = 0
  const makers: Partial<Record<Operation, (number: number) => Person>> = {
    register: () => {
      const ask = () => {
        registered++
        const email = `new.${registered}@example.com`
        return post('/api/auth/sign-up/email', { email, password, name: `New ${registered}` }, from)
      }
      return always(ask, 200, '"user"')
    },
    'log in': (number) => {
      const email = loggingIn(number, users)
      return always(() => post('/api/auth/sign-in/email', { email: email(), password }, from), 200, '"token"')
    },
    'check a session': (number) =>
      always(() => get('/api/auth/get-session', signedIn(own[number]!.token)), 200, addressOf(number)),
    'change password': (number) => {
      const person = number + 32
      let cookie = cookieOf(own[person]!.token)
      let current = password
      let turn = 0
      const next = () => `${password} ${turn}`
      const ask = () => {
        turn++
        const json = { currentPassword: current, newPassword: next(), revokeOtherSessions: true }
        return post('/api/auth/change-password', json, { ...from, Cookie: cookie })
      }
      return always(ask, 200, '"user"', (answer) => {
        current = next()
        cookie = `better-auth.session_token=${cookiesIn(answer).get('better-auth.session_token')}`
      })
    },
    'sign out': () => always(() => post('/api/auth/sign-out', {}, signedIn(ending[ended++]!.token)), 200, 'true'),
    'refresh a session': () =>
      always(
        () => get('/api/auth/get-session', signedIn(due[renewed++]!.token)),
        200,
        '"session"',
        // The peer renews the session's row exactly when it sets the cookie again.
        (answer) => {
          if (!cookiesIn(answer).has('better-auth.session_token')) throw new Error('the session was not renewed')
        },
      ),
    ...(variant.PLUGINS && {
      'list users': () =>
        always(() => get('/api/auth/admin/list-users?limit=50', signedIn(own[0]!.token)), 200, '"users"'),
      'issue a token': (number) => always(() => get('/api/auth/token', signedIn(own[number]!.token)), 200, '"token"'),
    }),
    ...(variant.COOKIE_CACHE === 'on' && {
      'check, revocation delayed': (number) => {
        let kept = ''
        const ask = () =>
          get('/api/auth/get-session', {
            ...from,
            Cookie: [cookieOf(own[number]!.token), kept].filter(Boolean).join('; '),
          })
        return always(ask, 200, addressOf(number), (answer) => {
          const data = cookiesIn(answer).get('better-auth.session_data')
          if (data) kept = `better-auth.session_data=${data}`
        })
      },
    }),
  }
  return {
    bindings: { BETTER_AUTH_SECRET: secret, BETTER_AUTH_URL: url, ...variant },
    sql,
    person: (operation, number) => makers[operation]?.(number),
  }
}
