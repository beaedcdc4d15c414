import * as z from 'zod'
import type { ZodOpenApiOverride } from 'zod-openapi'
import { LoginBody } from '../routes/auth-schemas.ts'
import { membersSaid } from './descriptions.ts'

/** Where the schemas that validate do not say by themselves what a reader of the document wants to know. */

type Override = Parameters<Extract<ZodOpenApiOverride, (...args: never) => unknown>>[0]

/** zod bounds every integer by what a double holds exactly, which tells a reader nothing. */
const withoutSafeIntegers = (jsonSchema: Override['jsonSchema']) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

/** What a schema makes of a value, behind every step. */
const outcome = (schema: z.core.$ZodType): z.core.$ZodType => {
  const { def } = (schema as z.core.$ZodTypes)._zod
  return def.type === 'pipe' ? outcome(def.out) : schema
}

/** A query is text by nature. A client gives numbers and booleans for what is read as such, and writes them down itself. */
const readAs = ({ zodSchema, jsonSchema }: Override) => {
  const { def } = (zodSchema as z.core.$ZodTypes)._zod
  if (def.type === 'default') jsonSchema.default = def.defaultValue as never
  if (def.type !== 'pipe') return
  const result = outcome(zodSchema)
  if (!['number', 'boolean'].includes((result as z.core.$ZodTypes)._zod.def.type)) return
  const { $schema: _, ...read } = z.toJSONSchema(result)
  for (const name of ['pattern', 'enum'] as const) delete jsonSchema[name]
  Object.assign(jsonSchema, read)
}

/** One of the two is needed, which `required` cannot say. */
const byEmailOrUsername = ({ zodSchema, jsonSchema }: Override) => {
  if ((zodSchema as unknown) !== LoginBody) return
  const { properties } = jsonSchema
  const { email, username, password } = properties as Record<string, object>
  delete jsonSchema.type
  delete jsonSchema.properties
  delete jsonSchema.required
  jsonSchema.anyOf = Object.entries({ email, username }).map(([name, schema]) => ({
    type: 'object',
    properties: { [name]: schema, password },
    required: [name, 'password'],
  })) as never
}

export const overrides: ZodOpenApiOverride = (schema) => {
  readAs(schema)
  withoutSafeIntegers(schema.jsonSchema)
  membersSaid(schema)
  byEmailOrUsername(schema)
}
