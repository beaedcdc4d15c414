import { type Schema, Validator } from '@cfworker/json-schema'
import document from '../../../docs/openapi.json'

type Reply = { content?: Record<string, { schema?: Schema }> }
type Operation = { responses: Record<string, Reply | { $ref: string }> }

// TypeScript types a JSON module by its literals; this is the form that they share.
const paths = document.paths as unknown as Record<string, Record<string, Operation>>
const responses = document.components.responses as unknown as Record<string, Reply>
const { schemas } = document.components

/** `/users/{id}` → the expression for it. A path without a parameter is found first, by its name. */
const templates = Object.keys(paths)
  .filter((path) => path.includes('{'))
  .map((path) => ({ path, matches: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`) }))

const declared = (path: string) => paths[path] ?? paths[templates.find(({ matches }) => matches.test(path))?.path ?? '']

const resolved = (reply: Reply | { $ref: string }): Reply => {
  if (!('$ref' in reply)) return reply
  const found = responses[reply.$ref.replace('#/components/responses/', '')]
  if (!found) throw new Error(`docs/openapi.json: ${reply.$ref} leads nowhere`)
  return found
}

const validators = new WeakMap<Schema, Validator>()
const validatorOf = (schema: Schema) => {
  const validator =
    validators.get(schema) ?? new Validator({ components: { schemas }, allOf: [schema] }, '2020-12', false)
  validators.set(schema, validator)
  return validator
}

const faults = (schema: Schema, body: unknown) =>
  validatorOf(schema)
    .validate(body)
    .errors.filter(({ keyword }) => !['allOf', '$ref', 'properties', 'items'].includes(keyword))
    .map(({ instanceLocation, error }) => `${instanceLocation} ${error}`)

/** Refusals that any path can answer, in the document or not: they come before the route is looked up. */
const everywhere: Record<string, number> = {
  not_found: 404,
  forbidden: 403,
  cross_site: 403,
  not_authenticated: 401,
  invalid_token: 401,
  payload_too_large: 413,
  misconfigured: 500,
}

const checkUndeclared = (what: string, status: number, body: unknown, alsoHere: Record<string, number> = {}) => {
  const { code } = (body ?? {}) as { code?: string }
  return code !== undefined && { ...everywhere, ...alsoHere }[code] === status
    ? faults({ $ref: '#/components/schemas/Problem' }, body)
    : [`${what} is not declared, and answered ${status} ${code ?? ''}`]
}

/**
 * Compares a reply with what docs/openapi.json declares; undeclared members are faults too.
 * @param path the canonical one, without a query
 * @param body the text of the body, or what it parses to; `null` and `''` for none
 * @returns what is wrong, a sentence each; empty for a reply that keeps the contract
 */
export const checkReply = (
  method: string,
  path: string,
  status: number,
  contentType: string | null,
  body: unknown,
): string[] => {
  const what = `${method} ${path}`
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  const isJson = type?.endsWith('json')
  if (typeof body === 'string' && body !== '' && isJson) {
    try {
      body = JSON.parse(body)
    } catch {
      return [`${what} answered ${status} with a body that is not JSON`]
    }
  }
  // CORS answers these for every path, with an empty body.
  if (method === 'OPTIONS' && status === 204) return []

  const item = declared(path)
  if (!item) return method === 'HEAD' ? [] : checkUndeclared(what, status, body)
  // RFC 9110 §9.3.2: HEAD is GET without the content.
  const head = method === 'HEAD'
  const operation = item[(head ? 'GET' : method).toLowerCase()]
  if (!operation) return head ? [] : checkUndeclared(what, status, body, { method_not_allowed: 405 })
  const declaredReply = operation.responses[status]
  if (!declaredReply) return [`${what}: status ${status} is not declared`]
  const { content } = resolved(declaredReply)
  const empty = body === '' || body === null || body === undefined

  if (head) return empty ? [] : [`${what}: a body on HEAD`]
  if (!content) return empty ? [] : [`${what}: ${status} is declared without a body`]
  if (empty) return [`${what}: ${status} came without its body`]
  const media = content[type ?? '']
  if (!media) return [`${what}: ${status} as ${contentType} is not declared`]
  if (!isJson || !media.schema) return []
  return faults(media.schema, body).map((fault) => `${what} ${status}: ${fault}`)
}
