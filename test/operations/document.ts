import document from '../../docs/openapi.json'

type Schema = { $ref?: string; type?: string | string[]; properties?: Record<string, Schema>; anyOf?: Schema[] }

type Described = {
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
  parameters?: { $ref?: string }[]
  security?: object[]
}

const schemas = document.components.schemas as unknown as Record<string, Schema>

const propertiesOf = (schema: Schema | undefined): [name: string, schema: Schema][] => {
  if (!schema) return []
  const { $ref, properties = {}, anyOf = [] } = schema
  if ($ref) return propertiesOf(schemas[$ref.split('/').at(-1)!])
  return [...Object.entries(properties), ...anyOf.flatMap(propertiesOf)]
}

const membersOf = (schema: Schema | undefined): string[] => propertiesOf(schema).map(([name]) => name)

const accessOf = (path: string, { security = [] }: Described) => {
  if (path.startsWith('/api/admin/')) return 'admin'
  return security.length > 0 && !security.some((way) => Object.keys(way).length === 0) ? 'user' : 'nobody'
}

/** Every operation of docs/openapi.json, with what the document says about it. */
export const documented = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item as unknown as Record<string, Described>).map(([method, described]) => {
    const body = described.requestBody?.content['application/json']
    return {
      operation: `${method.toUpperCase()} ${path}`,
      /** Who may call it: anybody, a signed-in user, an admin. */
      access: accessOf(path, described) as 'nobody' | 'user' | 'admin',
      /** The members of its JSON body; undefined if it has none. */
      members: body && [...new Set(membersOf(body.schema))],
      /** Those members that are true or false. */
      flags: [...new Set(propertiesOf(body?.schema).flatMap(([name, { type }]) => (type === 'boolean' ? name : [])))],
      bodyOptional: described.requestBody?.required !== true,
      /** It may answer 429. */
      limited: '429' in described.responses,
      /** A replica may answer it. */
      near: described.parameters?.some(({ $ref }) => $ref?.endsWith('/Bookmark')) ?? false,
      givesTokens: ['200', '201'].some((status) =>
        membersOf(described.responses[status]?.content?.['application/json']?.schema).includes('access_token'),
      ),
      statuses: Object.keys(described.responses).map(Number),
    }
  }),
)
