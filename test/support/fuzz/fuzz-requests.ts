import fc, { type Arbitrary } from 'fast-check'
import document from '../../../docs/openapi.json'
import { fitting, type JsonSchema, oddText, resolved, spoilt, taken } from './fuzz-schema.ts'

type Parameter = { in: string; name: string; required?: boolean; schema: JsonSchema }
type Declared = {
  security?: object[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: JsonSchema }> }
  responses: Record<string, { content?: Record<string, unknown> }>
}

export type Operation = { name: string; method: string; path: string; declared: Declared }

/** Every operation of the document. */
export const operations: Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item as unknown as Record<string, Declared>).map(([method, declared]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    declared,
  })),
)

export type Body =
  | { kind: 'none' }
  | { kind: 'json'; value: unknown; type: string }
  | { kind: 'form'; pairs: [string, string][] }
  | { kind: 'multipart'; parts: [name: string, content: string, file: boolean][] }
  | { kind: 'bytes'; value: unknown; encoding: Encoding; type: string; said: string | undefined; cuts: Cut[] }

const encodings = ['utf-8', 'bom', 'utf-16le', 'utf-16be', 'latin1', 'gzip', 'random', 'chunked'] as const
export type Encoding = (typeof encodings)[number]
/** Bytes that replace a part of the body; `at` is a fraction of its length. */
export type Cut = { at: number; drop: number; insert: number[] }

/**
 * A request as data. «…» in any of its texts stands for a value that exists only when it is sent: see fuzz-world.ts.
 */
export type Case = {
  as: 'nobody' | 'user' | 'admin'
  via: 'bearer' | 'cookie'
  path: string
  query: [string, string][]
  headers: Record<string, string>
  body: Body
}

/** Returns who may call the operation. */
export const ownerOf = ({ path, declared }: Operation): Case['as'] => {
  if (path.startsWith('/api/admin/')) return 'admin'
  const { security = [] } = declared
  return security.length > 0 && security.every((scheme) => Object.keys(scheme).length > 0) ? 'user' : 'nobody'
}

const parametersOf = ({ declared }: Operation, place: string) =>
  (declared.parameters ?? []).filter((parameter) => parameter.in === place)

/** Whether the operation answers with a page, which a client has to request. */
const asksForPage = ({ declared }: Operation) => {
  const types = Object.keys(declared.responses['200']?.content ?? {})
  return types.length > 0 && types.every((type) => type === 'text/html')
}

export const bodySchema = ({ declared }: Operation) => declared.requestBody?.content['application/json']?.schema

/** Returns a request that the operation accepts. */
export const goodCase = (operation: Operation): Case => {
  const { declared, path } = operation
  const json = bodySchema(operation)
  const multipart = declared.requestBody?.content['multipart/form-data']
  return {
    as: ownerOf(operation),
    via: 'bearer',
    path: path.replace(/\{(\w+)\}/g, (_, name) => taken({ type: 'string' }, name) as string),
    query: parametersOf(operation, 'query')
      .filter(({ required }) => required)
      .map(({ name, schema }) => [name, taken(schema, name) as string]),
    headers: asksForPage(operation) ? { Accept: 'text/html' } : {},
    body: json
      ? { kind: 'json', value: taken(json), type: 'application/json' }
      : multipart
        ? { kind: 'multipart', parts: [['file', '«file»', true]] }
        : { kind: 'none' },
  }
}

/** Encodes a text for a URL. Text that cannot be encoded is replaced by other odd text. */
const inUrl = (text: string) =>
  encodeURIComponent(text.toWellFormed()).replaceAll(/%C2%AB(.*?)%C2%BB/g, (all) => decodeURIComponent(all))

const pathOf = (operation: Operation): Arbitrary<string> => {
  const names = parametersOf(operation, 'path').map(({ name }) => name)
  if (names.length === 0) return fc.constant(operation.path)
  const part = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('«id»', '«picture»', '«session»') },
    { weight: 3, arbitrary: oddText.map((text) => inUrl(text.slice(0, 400))) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('%', '%E0%A4%A', '%00', '..%2f', '%ff', '%2e%2e', ';x', '', '%2F%2Fevil', '.'),
    },
  )
  return part.map((value) => names.reduce((path, name) => path.replace(`{${name}}`, () => value), operation.path))
}

const queryOf = (operation: Operation): Arbitrary<[string, string][]> => {
  const parameters = parametersOf(operation, 'query')
  const known = parameters.map(({ name, schema }) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof(
        fitting(schema, name).map(String),
        oddText.map((text) => text.slice(0, 600)),
        fc.constantFrom('0', '-1', '1e9', '1000000', '«id»'),
      ),
    ),
  )
  const unknown = fc.tuple(
    fc.constantFrom('__proto__', 'q', 'limit', '_method', 'a[b]'),
    oddText.map((text) => text.slice(0, 300)),
  )
  const any = fc.array(fc.oneof(...known, unknown), { maxLength: 4 })
  const required = parameters.filter((parameter) => parameter.required)
  return any.map((pairs) =>
    pairs.length % 2
      ? pairs
      : [...required.map(({ name, schema }): [string, string] => [name, taken(schema, name) as string]), ...pairs],
  )
}

/** ASCII only: workerd warns about each header with other characters, so only cookies have some. */
const headerText = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
  fc.constantFrom(
    '',
    ',',
    ';',
    '=',
    '%',
    '%E0%A4%A',
    '"',
    '*/*',
    '\t',
    'null',
    '0',
    '-1',
    'a'.repeat(9000),
    '['.repeat(900),
  ),
)

const cookieText = fc.oneof(
  fc.constantFrom(
    ...['token=', 'token=%E0%A4%A', 'token="x"', '=; ;;=', 'token', 'refresh_token=«refresh token»; refresh_token=x'],
    ...[
      '\u00a0token=x',
      'token=ü',
      '__Host-token=x',
      `token=${'a'.repeat(9000)}`,
      'token=a; '.repeat(300),
      'token=«link»',
    ],
  ),
  headerText,
)

const header: Arbitrary<[string, string]> = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      ...['Accept', 'Accept-Language', 'Accept-Encoding', 'Range', 'If-None-Match', 'If-Modified-Since', 'Expect'],
      ...[
        'User-Agent',
        'CF-Connecting-IP',
        'CF-Ray',
        'X-Forwarded-For',
        'X-Forwarded-Host',
        'Forwarded',
        'X-Request-Id',
      ],
      ...[
        'Gatehouse-Client-IP',
        'Gatehouse-Proxy-Key',
        'X-HTTP-Method-Override',
        'Content-Encoding',
        'Content-Language',
      ],
      ...['Access-Control-Request-Method', 'Prefer', 'Cache-Control', 'Upgrade', 'Content-Length', 'Transfer-Encoding'],
    ),
    headerText,
  ),
  fc.tuple(fc.constant('Cookie'), cookieText),
  fc.tuple(
    fc.constant('Authorization'),
    fc.oneof(
      fc.constantFrom('Bearer', 'Bearer ', 'Bearer a b', 'Basic YTpi', 'Bearer ..', 'Bearer «link»', 'Bearer é'),
      headerText,
    ),
  ),
  fc.constantFrom<[string, string][]>(
    ...(['https://evil.example', 'null', 'http://localhost:8787', ''].map((value) => ['Origin', value]) as [
      string,
      string,
    ][]),
    ...(['cross-site', 'same-origin', 'none', 'x'].map((value) => ['Sec-Fetch-Site', value]) as [string, string][]),
    ['Sec-Purpose', 'prefetch'],
    ['Referer', 'not a url'],
    ['Accept', 'text/html'],
    ['CF-Connecting-IP', '2001:db8::1%eth0'],
  ),
)

const jsonType = 'application/json'
const types = [
  jsonType,
  `${jsonType}; charset=utf-16`,
  `${jsonType}; charset=latin1`,
  'text/plain',
  '',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  `${jsonType}, text/plain`,
  'x'.repeat(3000),
  '/;=',
]

const cut: Arbitrary<Cut> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat(20),
  insert: fc.array(fc.nat(255), { maxLength: 12 }),
})

const bodyOf = ({ declared }: Operation): Arbitrary<Body> => {
  const content = declared.requestBody?.content ?? {}
  const json = content[jsonType]?.schema ?? { type: 'object' }
  const form = content['application/x-www-form-urlencoded']?.schema ?? json
  const value = fc.oneof(fitting(json), spoilt(json))
  const made: [number, Arbitrary<Body>][] = [
    [5, fc.record({ kind: fc.constant('json'), value: fitting(json), type: fc.constant(jsonType) })],
    [6, fc.record({ kind: fc.constant('json'), value: spoilt(json), type: fc.constant(jsonType) })],
    [1, fc.record({ kind: fc.constant('json'), value, type: fc.constantFrom(...types) })],
    [
      2,
      fc.record({
        kind: fc.constant('bytes'),
        value,
        encoding: fc.constantFrom(...encodings),
        type: fc.constantFrom(jsonType, jsonType, ...types),
        said: fc.constantFrom(undefined, undefined, 'gzip', 'identity', 'br', 'x'),
        cuts: fc.array(cut, { maxLength: 3 }),
      }),
    ],
    [
      'application/x-www-form-urlencoded' in content ? 4 : 1,
      fc.record({
        kind: fc.constant('form'),
        pairs: fc.oneof(
          fitting(form).map((fit) =>
            // An object may have a member `toString`, so it has no text of its own.
            Object.entries(fit as object).map(([name, value]): [string, string] => [
              name,
              typeof value === 'object' ? JSON.stringify(value) : `${value}`,
            ]),
          ),
          fc.array(fc.tuple(fc.oneof(oddText, fc.constantFrom('username', 'password')), oddText), { maxLength: 4 }),
        ),
      }),
    ],
    [
      'multipart/form-data' in content ? 12 : 1,
      fc.record({
        kind: fc.constant('multipart'),
        parts: fc.array(
          fc.tuple(fc.oneof(fc.constant('file'), oddText), fc.oneof(fc.constant('«file»'), oddText), fc.boolean()),
          { maxLength: 3 },
        ),
      }),
    ],
    [1, fc.constant({ kind: 'none' })],
  ]
  return fc.oneof(...made.map(([weight, arbitrary]) => ({ weight, arbitrary })))
}

/** Whether a path can be the operation's: an empty segment, or `..`, which the URL parser resolves, leads elsewhere. */
const leadsTo = ({ path: template }: Operation, path: string): boolean => {
  const segments = new URL(path, 'http://localhost').pathname.split('/')
  return segments.length === template.split('/').length && !segments.includes('', 1)
}

/** Generates requests to one operation, right and wrong in every way, mostly from callers who are permitted. */
export const casesOf = (operation: Operation): Arbitrary<Case> => {
  const good = goodCase(operation)
  const reads = operation.method === 'GET'
  const cases: Arbitrary<Case> = fc.record({
    as: fc.oneof(
      { weight: 4, arbitrary: fc.constant(good.as) },
      { weight: 1, arbitrary: fc.constantFrom('nobody' as const, 'user' as const, 'admin' as const) },
    ),
    via: fc.constantFrom('bearer', 'bearer', 'cookie'),
    path: fc.oneof({ weight: 2, arbitrary: fc.constant(good.path) }, { weight: 1, arbitrary: pathOf(operation) }),
    query: queryOf(operation),
    headers: fc
      .oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: reads ? 3 : 1, arbitrary: fc.array(header, { maxLength: 3 }) },
      )
      .map((pairs) => ({ ...good.headers, ...Object.fromEntries(pairs) })),
    body: reads ? fc.constant<Body>({ kind: 'none' }) : bodyOf(operation),
  })
  // Where there is no operation, a browser gets a page, which the document does not describe.
  return cases.map((sent) =>
    leadsTo(operation, sent.path) ? sent : { ...sent, headers: { ...sent.headers, Accept: 'application/json' } },
  )
}

/** Whether unknown members are refused. */
export const isStrict = (schema: JsonSchema) => resolved(schema).additionalProperties === false
