import document from '../../docs/openapi.json'

type Schema = { $ref?: string; properties?: object; anyOf?: Schema[] }

type Described = {
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
  parameters?: { $ref?: string }[]
  security?: object[]
}

const schemas = document.components.schemas as Record<string, Schema>

const membersOf = (schema: Schema | undefined): string[] => {
  if (!schema) return []
  const { $ref, properties = {}, anyOf = [] } = schema
  return $ref ? membersOf(schemas[$ref.split('/').at(-1)!]) : [...Object.keys(properties), ...anyOf.flatMap(membersOf)]
}

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
