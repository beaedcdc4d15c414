import fc, { type Arbitrary } from 'fast-check'
import document from '../../../docs/openapi.json'

/** Generates values from the schemas of docs/openapi.json: values that fit, and values that do not. */

export type JsonSchema = {
  $ref?: string
  type?: string
  anyOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean
  enum?: unknown[]
  const?: unknown
  items?: JsonSchema
  maxItems?: number
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  pattern?: string
  format?: string
  contentEncoding?: string
  examples?: unknown[]
}

const schemas = document.components.schemas as unknown as Record<string, JsonSchema>

export const resolved = (schema: JsonSchema): JsonSchema => {
  if (!schema.$ref) return schema
  const found = schemas[schema.$ref.replace('#/components/schemas/', '')]
  if (!found) throw new Error(`docs/openapi.json: ${schema.$ref} leads nowhere`)
  return found
}

/**
 * Meaningful values for members of these names, which the schema cannot know. `fuzz-world.ts` replaces «…» by a real
 * value when the request is sent, so that a case stays data that can be printed and repeated.
 */
const meanings: Record<string, string> = {
  email: '«new address»',
  username: '«address»',
  password: '«password»',
  current_password: '«password»',
  new_password: '«new password»',
  token: '«link»',
  challenge: '«challenge»',
  code: '«code»',
  recovery_code: '«recovery code»',
  refresh_token: '«refresh token»',
  locale: 'pt-BR',
  phone: '+44 20 7946 0958',
  id: '«id»',
  key: '«picture»',
}

/** Text that parsers, databases and people misread. */
export const oddText: Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0xd7f0, max: 0xe010 }).map((code) => String.fromCharCode(code)), maxLength: 6 }),
  fc.constantFrom(
    ...['', ' ', '\0', '\ufeff', '\u200b', '\u202e', '\u2066', '\ud800', 'a\udfff', '\u212a', '\uff20', 'ﬁ', 'e\u0301'],
    ...['__proto__', 'constructor', 'toString', 'null', 'true', '-0', '1e400', 'NaN', '[object Object]'],
    ...[
      "' or 1=1--",
      '%',
      '_',
      '%00',
      '..',
      '../../etc/passwd',
      '*',
      'a" OR text:*',
      '{{7*7}}',
      '<b>',
      'a\r\nBcc: x@y.z',
    ],
    ...['ada@example.com', 'Ada@EXAMPLE.com', 'ada@example.com\0', 'ada@münchen.example', '+', '+442079460958;ext=1'],
    ...['«address»', '«link»', '«refresh token»', '«id»', '«password»'],
  ),
  fc
    .tuple(
      fc.constantFrom('a', '\0', '\u202e', 'é', '𝒜', '\u1e9b\u0323', '(', '['),
      fc.constantFrom(101, 255, 257, 401, 513, 4097, 10_000),
    )
    .map(([unit, times]) => unit.repeat(times)),
)

/** Any JSON value, mostly of another type than the schema requires. */
const otherTypes: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown[]>(null, true, false, 0, -1, 1e308, 1.5, [], {}, [[]], [null], { $ne: 1 }, { toString: 1 }, [
    'a',
  ]),
  fc.jsonValue({ maxDepth: 3, noUnicodeString: false }),
  oddText,
)

/** Text of a length that the schema allows, or one of its examples. */
const textOf = ({ minLength = 0, maxLength = 60, pattern, examples = [] }: JsonSchema): Arbitrary<unknown> => {
  if (pattern) return fc.stringMatching(new RegExp(pattern))
  const text = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) })
  return fc.oneof(
    text.filter((made) => made.length <= maxLength),
    fc.constantFrom(...examples, 'a'.repeat(maxLength)),
  )
}

/** Generates a value that fits the schema. `name`: the member that it is for. */
export const fitting = (schema: JsonSchema, name = ''): Arbitrary<unknown> => {
  const { anyOf, properties, required = [], enum: values, type, format, items, ...rest } = resolved(schema)
  if (anyOf) return fc.oneof(...anyOf.map((one) => fitting(one, name)))
  if (values) return fc.constantFrom(...values)
  if (properties) {
    const members = Object.fromEntries(Object.entries(properties).map(([member, of]) => [member, fitting(of, member)]))
    return fc.record(members, { requiredKeys: required.length === Object.keys(members).length ? undefined : required })
  }
  if (type === 'null') return fc.constant(null)
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer') return fc.integer({ min: rest.minimum, max: rest.maximum })
  if (type === 'object') return anyObject
  if (rest.const !== undefined) return fc.constant(rest.const)
  if (items) return fc.array(fitting(items), { maxLength: rest.maxItems ?? 5 })
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (type !== 'string') throw new Error(`the generator does not know ${JSON.stringify(schema)}`)
  return meanings[name] === undefined
    ? textOf(rest)
    : fc.oneof({ weight: 4, arbitrary: fc.constant(meanings[name]) }, { weight: 1, arbitrary: textOf(rest) })
}

const anyObject = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.oneof(fc.string({ maxLength: 40 }), fc.integer(), fc.boolean(), fc.constant(null)),
  { maxKeys: 4, noNullPrototype: true },
)

/** Returns a body that the operation accepts: the first value of each kind. */
export const taken = (schema: JsonSchema, name = ''): unknown => {
  const { anyOf, properties, enum: values, const: only, type, examples, pattern, contentEncoding } = resolved(schema)
  if (anyOf) return taken(anyOf[0]!, name)
  if (values) return values[0]
  if (contentEncoding) return '«file»'
  if (properties)
    return Object.fromEntries(Object.entries(properties).map(([member, of]) => [member, taken(of, member)]))
  if (type === 'boolean') return true
  if (type === 'array') return []
  if (only !== undefined) return only
  if (type === 'object') return { any: 'member' }
  return meanings[name] ?? examples?.[0] ?? (pattern ? '1' : 'text')
}

/**
 * Generates an object that fits except for one to three members: missing, of another type, empty, too long, in odd
 * characters.
 */
export const spoilt = (schema: JsonSchema): Arbitrary<unknown> => {
  const { properties = {} } = resolved(schema)
  const names = [...Object.keys(properties), 'role', '__proto__', 'constructor']
  const change = fc.tuple(fc.constantFrom(...names), fc.oneof(fc.constant(undefined), otherTypes))
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fitting(schema), fc.array(change, { minLength: 1, maxLength: 3 }))
        .map(([value, changes]) => Object.fromEntries([...Object.entries(value as object), ...changes])),
    },
    { weight: 1, arbitrary: otherTypes },
  )
}
