import * as z from 'zod/mini'
import type { ZodOpenApiOverride } from 'zod-openapi'

/** How schemas get their descriptions, which only readers of the document need: they are not part of the Worker. */

type Said = { description?: string; examples?: unknown[]; format?: string; type?: 'object' }
type Members = Record<string, Said>
export type Schema = z.core.$ZodType

export const say = (schema: Schema, said: Said & { id?: string }) => z.globalRegistry.add(schema, said)

const bodies = new Map<Schema, Members>()

/**
 * Describes a body: the name that generated clients give its type, and those members that a shared schema describes too
 * briefly.
 */
export const body = (schema: Schema, id: string, members: Members = {}, description?: string) => {
  say(schema, description ? { id, description } : { id })
  bodies.set(schema, members)
}

/** Adds the descriptions of members to the document. */
export const membersSaid = ({
  zodSchema,
  jsonSchema,
}: Parameters<Extract<ZodOpenApiOverride, (...args: never) => unknown>>[0]) => {
  for (const [name, said] of Object.entries(bodies.get(zodSchema as Schema) ?? {}))
    jsonSchema.properties![name] = { ...(jsonSchema.properties![name] as object), ...said } as never
}
