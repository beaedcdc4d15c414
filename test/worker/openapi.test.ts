import { type Schema, Validator } from '@cfworker/json-schema'
import { describe, it } from 'vitest'
import document from '../../docs/openapi.json'
import { createApp } from '../../src/app.ts'
import { problems } from '../../src/domain/problems.ts'
import { documentOrigin } from '../../src/routes/assets.ts'
import { hostedPages } from '../../src/routes/ui.ts'
import { checkReply } from '../support/app/contract.ts'
import { signedInUser, startApp } from '../support/app/support.ts'

type Media = { schema: Schema; examples?: Record<string, { value?: unknown; $ref?: string }> }
type Reply = { $ref?: string; description?: string; content?: Record<string, Media> }
type Operation = {
  operationId: string
  summary: string
  description: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters?: { name: string; schema: Described }[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, Reply>
}
type Described = {
  type?: string
  format?: string
  pattern?: string
  enum?: unknown[]
  anyOf?: Described[]
  properties?: Record<string, Described>
}

const paths = document.paths as unknown as Record<string, Record<string, Operation>>
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
)

/** Returns what a pointer such as `#/components/schemas/User` leads to. */
const at = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (found, part) => (found as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/')],
      document,
    )

const resolved = <T extends { $ref?: string }>(value: T): T => (value.$ref ? (at(value.$ref) as T) : value)

const everyRef = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  const { $ref } = value as { $ref?: unknown }
  return [...(typeof $ref === 'string' ? [$ref] : []), ...Object.values(value).flatMap(everyRef)]
}

/** Returns the schemas that a value may have. */
const alternatives = (schema: Described): Described[] => schema.anyOf?.flatMap(alternatives) ?? [schema]

const problemsOf = ({ responses }: Operation) =>
  Object.entries(responses).flatMap(([status, reply]) => {
    const media = resolved(reply).content?.['application/problem+json']
    if (!media) return []
    const { allOf } = media.schema as { allOf: { properties?: { code: { enum: string[] } } }[] }
    return allOf
      .flatMap(({ properties }) => properties?.code.enum ?? [])
      .map((code) => ({ status: Number(status), code }))
  })

/** Every example of requests and replies, with its schema. */
const examples = operations.flatMap(({ name, operation }) => {
  const replies = Object.entries(operation.responses).map(([status, reply]) => ({ of: status, ...resolved(reply) }))
  return [{ of: 'request', ...operation.requestBody }, ...replies].flatMap(({ of, content = {} }) =>
    Object.entries(content).flatMap(([type, { schema, examples = {} }]) =>
      Object.entries(examples).map(([example, shown]) => ({
        what: `${name} ${of} ${type} ${example}`,
        schema,
        value: resolved(shown).value,
      })),
    ),
  )
})

describe('the OpenAPI document', () => {
  it('is 3.1, and names a placeholder as its server, which the service replaces by its own address', ({ expect }) => {
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: documentOrigin }] })
  })

  it('says of every operation what it is called, what it does, and what it answers', ({ expect }) => {
    const tags = document.tags.map(({ name }) => name)
    const ids = operations.map(({ operation }) => operation.operationId)

    expect(new Set(ids).size).toBe(ids.length)
    for (const { name, operation } of operations) {
      expect(operation.summary, name).toMatch(/^\p{Lu}[^.]+$/u)
      expect(operation.description.length, name).toBeGreaterThan(operation.summary.length)
      expect(tags, name).toEqual(expect.arrayContaining(operation.tags))
      // One operation redirects to a page of the front end, and answers nothing itself.
      const answer = name === 'GET /.well-known/change-password' ? /^302$/ : /^20[01]$/
      expect(Object.keys(operation.responses), name).toContainEqual(expect.stringMatching(answer))
      for (const [status, reply] of Object.entries(operation.responses))
        expect(resolved(reply).description, `${name} ${status}`).toBeTruthy()
    }
  })

  it('refers to nothing that is missing', ({ expect }) => {
    const refs = [...new Set(everyRef(document))]

    expect(refs.length).toBeGreaterThan(20)
    expect(refs.filter((ref) => at(ref) === undefined)).toEqual([])
  })

  it('has no part that nothing refers to', ({ expect }) => {
    const used = new Set(everyRef(document))
    const { securitySchemes: _, ...referred } = document.components
    const parts = Object.entries(referred).flatMap(([kind, all]) =>
      Object.keys(all).map((name) => `#/components/${kind}/${name}`),
    )

    expect(parts.length).toBeGreaterThan(50)
    expect(parts.filter((part) => !used.has(part))).toEqual([])
  })

  it.for([
    ['GET /api/admin/users', 'page', { type: 'integer', minimum: 1, maximum: 10_000, default: 1 }],
    ['GET /api/admin/users', 'per_page', { type: 'integer', minimum: 1, maximum: 100, default: 20 }],
    ['GET /api/admin/users', 'email_verified', { type: 'boolean' }],
    ['GET /api/admin/audit', 'per_page', { type: 'integer', minimum: 1, maximum: 100, default: 50 }],
    ['GET /api/admin/audit', 'from', { type: 'string', format: 'date-time' }],
  ] as const)('says of %s what %s is read as', ([name, parameter, schema], { expect }) => {
    const { operation } = operations.find((operation) => operation.name === name)!
    const { schema: shown } = operation.parameters!.find(({ name }) => name === parameter)!

    expect(shown).toMatchObject(schema)
    if (schema.type !== 'string') expect(Object.keys(shown)).not.toContain('pattern')
    expect(Object.keys(shown)).not.toContain('enum')
  })

  it('gives every number and boolean in a query its type', ({ expect }) => {
    const texts = operations.flatMap(({ name, operation }) =>
      (operation.parameters ?? [])
        .filter(({ schema }) => schema?.type === 'string')
        .filter(({ schema }) => schema.pattern?.includes('\\d{1,') || schema.enum?.includes('true'))
        .map((parameter) => `${name} ${parameter.name}`),
    )

    expect(texts).toEqual([])
  })

  it('gives text its format: passwords, addresses, ids, times, URLs', ({ expect }) => {
    const formats: Record<string, string> = {
      password: 'password',
      current_password: 'password',
      new_password: 'password',
      avatar_url: 'uri',
      created_at: 'date-time',
      last_login_at: 'date-time',
    }
    const members = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      alternatives(schema as never).flatMap(({ properties = {} }) =>
        Object.entries(properties).map(([member, of]) => ({ what: `${name}.${member}`, member, of })),
      ),
    )
    const formatOf = (of: Described) => alternatives(of).find(({ type }) => type === 'string')?.format
    const wanted = members.filter(({ member }) => formats[member])

    expect(wanted.length).toBeGreaterThan(20)
    expect(wanted.filter(({ member, of }) => formatOf(of) !== formats[member])).toEqual([])
    const { User, Register, AuditEntry } = document.components.schemas
    expect([User.properties.email, Register.properties.email].map(({ format }) => format)).toEqual([
      'email',
      'idn-email',
    ])
    expect([User.properties.id, AuditEntry.properties.id].map(({ format }) => format)).toEqual(['uuid', 'uuid'])
  })

  it.for([
    [{ email: 'ada@example.com', password: 'x' }, true],
    [{ username: 'ada@example.com', password: 'x' }, true],
    [{ email: 'ada@example.com', username: 'ada@example.com', password: 'x' }, true],
    [{ password: 'x' }, false],
    [{ email: 'ada@example.com' }, false],
    [{ username: 'ada@example.com' }, false],
  ] as const)('lets a log-in be %j: %s', ([body, fits], { expect }) => {
    const validator = new Validator(document.components.schemas.Login as unknown as Schema, '2020-12')

    expect(validator.validate(body).valid).toBe(fits)
  })

  it('lists a token first if it may be left out', ({ expect }) => {
    const optional = operations.filter(({ operation }) => operation.security.some((s) => Object.keys(s).length === 0))

    expect(optional.map(({ name }) => name).sort()).toContain('POST /api/auth/logout')
    for (const { name, operation } of optional) {
      expect(operation.security.length, name).toBeGreaterThan(1)
      expect(
        operation.security.findIndex((scheme) => Object.keys(scheme).length === 0),
        name,
      ).toBe(operation.security.length - 1)
    }
  })

  it('refers only to security schemes that it defines', ({ expect }) => {
    const named = operations.flatMap(({ operation }) => operation.security.flatMap(Object.keys))

    expect(new Set(named)).toEqual(new Set(Object.keys(document.components.securitySchemes)))
  })

  // Only this operation needs nothing that can fail.
  it.for(operations.filter(({ name }) => name !== 'GET /health'))(
    'gives the codes of $name the status they have',
    ({ operation }, { expect }) => {
      const declared = problemsOf(operation)
      const statusOf = (code: string) => problems[code as keyof typeof problems]?.status
      // The token of a link is input, so if it is invalid the status is 400. The same holds for a grant that is named.
      const wrong = declared.filter(
        ({ status, code }) =>
          statusOf(code) !== status && !(/^(invalid_(token|credentials)|wrong_code)$/.test(code) && status === 400),
      )

      expect(declared).not.toEqual([])
      expect(wrong).toEqual([])
    },
  )

  it('shows an example of every body that is data', ({ expect }) => {
    const bare = operations.flatMap(({ name, operation }) =>
      [{ content: operation.requestBody?.content }, ...Object.values(operation.responses).map(resolved)].flatMap(
        ({ content = {} }) =>
          Object.entries(content)
            .filter(
              ([type, { examples }]) => /json$|urlencoded$/.test(type) && Object.keys(examples ?? {}).length === 0,
            )
            .map(([type]) => `${name} ${type}`),
      ),
    )

    // The example would be the document itself.
    expect(bare).toEqual(['GET /openapi.json application/json'])
  })

  it.for(examples)('shows a value that fits its schema as $what', ({ schema, value }, { expect }) => {
    const validator = new Validator(
      { components: { schemas: document.components.schemas }, allOf: [schema] },
      '2020-12',
    )

    expect(value).toBeDefined()
    expect(validator.validate(value).errors).toEqual([])
  })
})

describe('the requests it shows', () => {
  /** Codes which mean that the request itself was wrong. */
  const refusals = /^(malformed_json|validation_failed|unsupported_media_type|payload_too_large|password_.*)$/

  const requests = operations.flatMap(({ name, operation }) =>
    Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { examples = {} }]) =>
      Object.entries(examples).map(([example, { value }]) => ({ name, type, example, value, operation })),
    ),
  )

  it.for(requests)('$name can be sent: $example', async ({ name, type, value, operation }, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    // Without this, the body would not be examined.
    if (name.includes('/api/admin/')) await app.db.prepare("update users set role = 'admin'").run()
    const form = type === 'application/x-www-form-urlencoded'

    const reply = await app.call(name, {
      ...(form ? { form: value as Record<string, string> } : { json: value }),
      ...(operation.security.length > 0 && { bearer: access_token }),
    })

    const { code } = (await reply.json()) as { code?: string }
    expect(code ?? 'done').not.toMatch(refusals)
  })
})

describe('the routes of the app', () => {
  it('are those of the document', ({ expect }) => {
    const app = createApp(() => {
      throw new Error('nothing is called here')
    })
    const files = /\*|^\/favicon|^\/ui\/brand/
    const pages = hostedPages.map((name) => `/${name}`)

    const routes = app.routes
      .filter(({ method, path }) => method !== 'ALL' && !files.test(path) && !pages.includes(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`)

    expect([...new Set(routes)].sort()).toEqual(operations.map(({ name }) => name).sort())
  })
})

describe('checking a reply', () => {
  const json = 'application/json'
  const problem = 'application/problem+json'
  const healthy = '{"status":"healthy"}'
  const refused = (code: string, status: number) =>
    JSON.stringify({ type: 'https://auth.example.com/errors', title: 't', status, code, detail: 'd', request_id: 'r' })

  it.for([
    ['GET', '/health', 200, json, healthy],
    ['GET', '/health', 200, 'application/json; charset=utf-8', healthy],
    ['HEAD', '/health', 200, json, ''],
    ['OPTIONS', '/health', 204, null, ''],
    ['GET', '/docs', 200, 'text/html; charset=utf-8', '<!doctype html>'],
    ['GET', '/docs', 304, null, ''],
    ['POST', '/api/auth/login', 401, problem, refused('invalid_credentials', 401)],
    ['GET', '/nowhere', 404, problem, refused('not_found', 404)],
    ['DELETE', '/health', 405, problem, refused('method_not_allowed', 405)],
  ] as const)('accepts %s %s %s', ([method, path, status, type, body], { expect }) => {
    expect(checkReply(method, path, status, type, body)).toEqual([])
  })

  it.for([
    ['a path that is not declared', 'GET', '/nowhere', 200, json, healthy],
    ['another code where nothing is declared', 'GET', '/nowhere', 404, problem, refused('last_admin', 404)],
    ['a method that is not declared', 'DELETE', '/health', 200, json, healthy],
    ['a status that is not declared', 'GET', '/health', 201, json, healthy],
    ['a type that is not declared', 'GET', '/health', 200, 'text/plain', healthy],
    ['no type', 'GET', '/health', 200, null, healthy],
    ['a body that is not JSON', 'GET', '/health', 200, json, 'healthy'],
    ['another value', 'GET', '/health', 200, json, '{"status":"sick"}'],
    ['a missing member', 'GET', '/health', 200, json, '{}'],
    ['a member that is not declared', 'GET', '/health', 200, json, '{"status":"healthy","since":1}'],
    ['a member that is not declared, deep inside', 'GET', '/errors', 200, json, '{"errors":[{"secret":1}]}'],
    ['no body', 'GET', '/health', 200, json, ''],
    ['a body where none is declared', 'GET', '/docs', 304, null, '<p>'],
    ['a body on HEAD', 'HEAD', '/health', 200, json, healthy],
    ['a code that is not declared', 'POST', '/api/auth/login', 401, problem, refused('not_authenticated', 401)],
    [
      'a status in the body that is another',
      'POST',
      '/api/auth/login',
      401,
      problem,
      refused('invalid_credentials', 403),
    ],
  ] as const)('refuses %s', ([, method, path, status, type, body], { expect }) => {
    expect(checkReply(method, path, status, type, body)).not.toEqual([])
  })
})
