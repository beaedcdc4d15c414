import * as z from 'zod'
import type { ZodOpenApiOverride } from 'zod-openapi'
import { LoginBody } from '../routes/auth-schemas.ts'
import { membersSaid } from './describing.ts'
import './descriptions.ts'
import './enrolment-descriptions.ts'
import './passkey-descriptions.ts'

/**
 * Adjusts the generated schemas where the schemas that validate requests do not say what readers of the document need.
 */

type Override = Parameters<Extract<ZodOpenApiOverride, (...args: never) => unknown>>[0]

/** Removes zod's bounds of safe integers, which tell a reader nothing. */
const withoutSafeIntegers = (jsonSchema: Override['jsonSchema']) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

/** Returns the schema of a value after the last step of a pipe. */
const outcome = (schema: z.core.$ZodType): z.core.$ZodType => {
  const { def } = (schema as z.core.$ZodTypes)._zod
  return def.type === 'pipe' ? outcome(def.out) : schema
}

/**
 * Query parameters are text. If one is read as a number or a boolean, the document gives it that type, and clients
 * convert it.
 */
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

/** Either member is required, which `required` cannot express. */
const byEmailOrUsername = ({ zodSchema, jsonSchema }: Override) => {
  if ((zodSchema as unknown) !== LoginBody) return
  const { properties } = jsonSchema
  const { email, username, ...others } = properties as Record<string, object>
  delete jsonSchema.type
  delete jsonSchema.properties
  delete jsonSchema.required
  jsonSchema.anyOf = Object.entries({ email, username }).map(([name, schema]) => ({
    type: 'object',
    properties: { [name]: schema, ...others },
    required: [name, 'password'],
  })) as never
}

export const overrides: ZodOpenApiOverride = (schema) => {
  readAs(schema)
  withoutSafeIntegers(schema.jsonSchema)
  membersSaid(schema)
  byEmailOrUsername(schema)
}
