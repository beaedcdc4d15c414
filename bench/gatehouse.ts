import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../cli/lib/process.ts'
import { newId, randomId } from '../src/domain/ids.ts'
import { createMacs } from '../src/domain/macs.ts'
import type { Session, SignedIn } from '../src/domain/model.ts'
import { hashScrypt } from '../src/domain/scrypt.ts'
import { createAccessTokens, createRefreshTokens } from '../src/domain/tokens.ts'
import type { Person } from './load.ts'
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

const appUrl = 'http://localhost:8787'
/** The type of access tokens: in the deployment, in tokens made here, and in the Worker that verifies them. */
const accessTokenType = 'at+jwt'
export const hashCost = { ln: 15, r: 8, p: 3 }
const day = 86_400_000

/** Returns the statements of all migrations, in order. */
const schema = () => {
  const folder = join(root, 'migrations')
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return files.sort().flatMap((name) => {
    const parts = readFileSync(join(folder, name), 'utf8').split('--> statement-breakpoint')
    return parts.map((part) => part.trim()).filter((part) => part.replaceAll(/^\s*--.*$/gm, '').trim() !== '')
  })
}

/** Returns the secrets of this run, and the public keys for the Worker that verifies tokens. */
const secrets = () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const privateJwk = { kid: 'bench', alg: 'ES256', ...privateKey.export({ format: 'jwk' }) } as JsonWebKey & {
    kid: string
  }
  const { d: _, ...publicJwk } = { ...privateJwk, use: 'sig' }
  const tokenKey = { id: 'bench', secret: randomBytes(32) }
  const signingKey = { kid: 'bench', alg: 'ES256', publicJwk, privateJwk }
  return {
    variables: {
      SIGNING_KEYS: JSON.stringify({ keys: [privateJwk] }),
      TOKEN_KEYS: `bench.${tokenKey.secret.toString('base64url')}`,
    },
    access: createAccessTokens({
      signingKeys: [signingKey],
      appUrl,
      tokenAudience: appUrl,
      tokenSubject: 'id',
      tokenMetadata: false,
      accessTokenType,
      accessTokenSeconds: 3600,
      aal2Seconds: 86_400,
      tokensNotBefore: new Date(0),
    }),
    refresh: createRefreshTokens(createMacs([tokenKey])),
    jwks: JSON.stringify({ keys: [publicJwk] }),
  }
}

/** A deployment with users who are verified and signed in, the first of them an admin. */
export const gatehouse = async ({ users, ends }: Size): Promise<Side & { verifier: Record<string, string> }> => {
  const now = Date.now()
  const { variables, access, refresh, jwks } = secrets()
  const hash = hashScrypt(password, hashCost)
  const crowd = Array.from({ length: users }, (_, number) => ({
    id: newId(new Date(now - (users - number) * 1000)),
    number,
  }))
  const sessionOf = (userId: string) => ({ id: randomId(), userId })
  const own = crowd.map(({ id }) => sessionOf(id))
  const ending = Array.from({ length: ends }, (_, number) => sessionOf(crowd[ownerOf(number, users)]!.id))
  const role = (userId: string) => (userId === crowd[0]!.id ? 'admin' : 'user')
  const bearer = async ({ id, userId }: { id: string; userId: string }) => {
    const session = { id, authTime: new Date(now), amr: 'pwd', mfaAt: null } satisfies Partial<Session>
    const signedIn = { user: { id: userId, role: role(userId) }, session }
    return { Authorization: `Bearer ${await access.issue(signedIn as SignedIn, new Date(now))}` }
  }
  const bearers = await Promise.all(own.map(bearer))
  const endingBearers = await Promise.all(ending.map(bearer))

  const sql = [
    ...schema(),
    ...inserts(
      'users',
      crowd.map(({ id, number }) => ({
        id,
        email: addressOf(number),
        email_canonical: addressOf(number),
        password: hash,
        name: `Person ${number}`,
        role: role(id),
        email_verified_at: now,
        created_at: now - (users - number) * 1000,
        updated_at: now,
      })),
    ),
    ...inserts(
      'sessions',
      [...own, ...ending].map(({ id, userId }) => ({
        id,
        user_id: userId,
        nonce: randomId(),
        created_at: now,
        rotated_at: now,
        auth_time: now,
        expires_at: now + 7 * day,
        ends_at: now + 30 * day,
      })),
    ),
  ]

  let registered = 0
  let ended = 0
  const makers: Record<Operation, (number: number) => Person> = {
    register: () =>
      always(() => post('/api/auth/register', { email: `new.${++registered}@example.com`, password }), 201, '"email"'),
    'log in': (number) => {
      const email = loggingIn(number, users)
      return always(() => post('/api/auth/login', { email: email(), password }), 200, '"refresh_token"')
    },
    'check a session': (number) => always(() => get('/api/user/profile', bearers[number]), 200, addressOf(number)),
    // Asked of workers/verifier.ts, another Worker, which has only the published keys.
    'check, revocation delayed': (number) => always(() => get('/', bearers[number]), 200, own[number]!.userId),
    'refresh a session': (number) => {
      let token = refresh.issue(own[number]!.id, 0)
      const ask = () => post('/api/auth/refresh', { refresh_token: token })
      return always(ask, 200, '"access_token"', ({ body }) => {
        token = (JSON.parse(body) as { refresh_token: string }).refresh_token
      })
    },
    // The same operation: a refresh issues the token.
    'issue a token': (number) => makers['refresh a session'](number + 16),
    'change password': (number) => {
      const person = number + 32
      let current = password
      let bearer = bearers[person]!
      let turn = 0
      const next = () => `${password} ${turn}`
      const ask = () => {
        turn++
        return post('/api/user/change-password', { current_password: current, new_password: next() }, bearer)
      }
      // The session continues under another id, so the earlier tokens are void.
      return always(ask, 200, '"access_token"', ({ body }) => {
        current = next()
        bearer = { Authorization: `Bearer ${(JSON.parse(body) as { access_token: string }).access_token}` }
      })
    },
    'sign out': () => always(() => post('/api/auth/logout', {}, endingBearers[ended++]), 200, '"message"'),
    'list users': () => always(() => get('/api/admin/users?per_page=50', bearers[0]), 200, '"users"'),
  }
  return {
    bindings: {
      APP_URL: appUrl,
      MAIL_FROM: 'no-reply@example.com',
      ACCESS_TOKEN_TYPE: accessTokenType,
      THROTTLE_FACTOR: '10000',
      ACCESS_TOKEN_EXPIRE_MINUTES: '60',
      // The peers write no log line for a request. Writing them here would measure the simulator's terminal.
      LOG: 'refusals',
      ...variables,
    },
    sql,
    person: (operation, number) => makers[operation](number),
    verifier: { JWKS: jwks, ISSUER: appUrl, ACCESS_TOKEN_TYPE: accessTokenType },
  }
}
