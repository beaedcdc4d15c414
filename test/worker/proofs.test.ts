import { describe, it } from 'vitest'
import openapi from '../../docs/openapi.json'
import { operations as operationsOf } from '../operations/index.ts'
import { signedInAdmin } from '../support/app/administrators.ts'
import {
  codeOf,
  logIn,
  member,
  refresh,
  type SessionBody,
  signedInUser,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

type Documented = {
  responses: Record<string, { content?: Record<string, unknown> }>
  requestBody?: { content: Record<string, { examples?: Record<string, { value: Record<string, unknown> }> }> }
}

const paths = openapi.paths as unknown as Record<string, Record<string, Documented>>

const pages = import.meta.glob('../../docs/concepts/proofs.md', { query: '?raw', import: 'default', eager: true })
const table = pages['../../docs/concepts/proofs.md'] as string

const proofs = [
  'nothing',
  'credentials',
  'session',
  'recent',
  'recent or full',
  'full',
  'mailbox',
  'mailbox and credentials',
  'mailbox, and either session or password',
  'admin',
  'admin and recent',
] as const
type Proof = (typeof proofs)[number]

/** Operation → the proof that the page says it needs. */
const documented = new Map(
  [...table.matchAll(/^\| `([A-Z]+ \/\S+)` \| ([^|]+?) \|/gm)].map(([, operation, proof]) => [
    operation!,
    proof as Proof,
  ]),
)

/**
 * Whether it is a page, a picture or a fact about the service: it contains nothing of any user, and nothing changes.
 */
const open = (method: string, path: string) =>
  method === 'GET' &&
  (!path.startsWith('/api/') || paths[path]?.get?.responses['200']?.content?.['application/json'] === undefined)

const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([name, operation]) => {
    const method = name.toUpperCase()
    return open(method, path) ? [] : [{ name: `${method} ${path}`, method, path, operation }]
  }),
)

const needing = (...wanted: Proof[]) => operations.filter(({ name }) => wanted.includes(documented.get(name) as Proof))

/** Returns a body that the operation accepts, as the document shows it. */
const bodyOf = ({ requestBody }: Documented) =>
  Object.values(requestBody?.content?.['application/json']?.examples ?? {})[0]?.value

/** An admin whose token is valid but not recent, and a user whom the admin may act on. */
const asked = async (app: TestApp) => {
  const admin = await signedInAdmin(app)
  const other = await logIn(app, await member(app))
  const refreshed = (await (await refresh(app, admin.refresh_token)).json()) as SessionBody
  return { admin, refreshed, other }
}

const call = (app: TestApp, name: string, operation: Documented, bearer: string | undefined, id = '') =>
  app.call(name.replace('{id}', id), { bearer, json: bodyOf(operation) })

describe('the table of what proves what', () => {
  it('has every operation that changes something or shows something of somebody, and no other (ASVS 8.1.1)', ({
    expect,
  }) => {
    expect([...documented.keys()].sort()).toEqual(operations.map(({ name }) => name).sort())
    for (const proof of documented.values()) expect(proofs).toContain(proof)
  })
})

describe('without a session', () => {
  const guarded = needing('session', 'recent', 'recent or full', 'full', 'admin', 'admin and recent')

  it.for(guarded)('$name is refused (ASVS 8.3.1)', async ({ name, operation }, { expect }) => {
    const response = await call(startApp(), name, operation, undefined, 'nobody')

    expect([response.status, await codeOf(response)]).toEqual([401, 'not_authenticated'])
  })
})

describe('with a refreshed token, which is not recent', () => {
  it.for(needing('recent', 'recent or full', 'admin and recent'))(
    '$name asks for the password (ASVS 7.5.1, 7.5.3)',
    async ({ name, operation }, { expect }) => {
      const app = startApp()
      const { refreshed, other } = await asked(app)
      const bare = { ...operation, requestBody: name.startsWith('DELETE') ? undefined : operation.requestBody }

      const response = await call(app, name, bare as Documented, refreshed.access_token, other.user.id)

      expect([response.status, await codeOf(response)]).toEqual([403, 'reauthentication_required'])
    },
  )

  it.for(needing('session', 'admin'))('$name is let through', async ({ name, operation }, { expect }) => {
    const app = startApp()
    const { refreshed, other } = await asked(app)

    const response = await call(app, name, operation, refreshed.access_token, other.user.id)

    expect(await response.clone().text()).not.toContain('reauthentication_required')
    expect(await response.text()).not.toContain('not_authenticated')
  })
})

describe('with a recent token alone', () => {
  it.for(needing('full'))('$name asks for the password (ASVS 7.5.1)', async ({ name }, { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)
    const { id = '', json } = await operationsOf[name]!.arrange!(app, bearer)

    const response = await app.call(name.replace('{id}', id), {
      bearer,
      json: { ...json, current_password: undefined },
    })

    expect([response.status, await codeOf(response)]).toEqual([403, 'reauthentication_required'])
  })
})

describe('a token that is fresh but not recent', () => {
  it.for(needing('recent', 'admin and recent'))(
    'is not enough for $name after 15 minutes',
    async ({ name, operation }, { expect }) => {
      const app = startApp({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: '60' } })
      const { admin, other } = await asked(app)
      app.wait({ minutes: 15, seconds: 1 })

      const response = await call(app, name, operation, admin.access_token, other.user.id)

      expect(await codeOf(response)).toBe('reauthentication_required')
    },
  )
})

describe('without the role', () => {
  it.for(needing('admin', 'admin and recent'))(
    '$name is refused (ASVS 8.2.1)',
    async ({ name, operation }, { expect }) => {
      const app = startApp()
      const { other } = await asked(app)

      const response = await call(app, name, operation, other.access_token, other.user.id)

      expect([response.status, await codeOf(response)]).toEqual([403, 'forbidden'])
    },
  )
})

describe('without a link', () => {
  const linked = needing('mailbox', 'mailbox and credentials', 'mailbox, and either session or password')

  it.for(linked)('$name does nothing, not even with a session', async ({ name, operation }, { expect }) => {
    const app = startApp()
    const { admin } = await asked(app)
    const token = `${'x'.repeat(22)}.${'y'.repeat(43)}`
    const asGiven = { ...bodyOf(operation), token, password: somePassword }

    const response = name.startsWith('GET')
      ? await app.call(`${name}?token=${token}`, { bearer: admin.access_token })
      : await app.call(name, { bearer: admin.access_token, json: asGiven })

    expect([response.status, await codeOf(response)]).toEqual([400, 'invalid_token'])
  })
})
