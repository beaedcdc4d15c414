import type * as z from 'zod'
import type { ZodOpenApiOperationObject } from 'zod-openapi'
import { problemReplies, type Refusal } from './problems.ts'
import type { Tag } from './tags.ts'

/** A JSON Schema, or a zod schema to generate one from. */
type Schema = z.core.$ZodType | { type: 'string'; format?: 'binary'; description?: string }

type Media = { schema: Schema; examples?: Record<string, unknown> }

/** Media type → content. */
type Content = Record<string, Media>

export type Reply = { says: string; content?: Content; headers?: Record<string, string> }

/**
 * One operation in its shortest form. `describe` adds the refusals that follow from the rest (a malformed body, a
 * missing token, an unavailable D1); `refusals` names only the operation's own.
 */
export type Operation = {
  /** `operationId`: the name of the function in a generated client. */
  id: string
  /** The tag, if other than that of its subject. */
  tag?: Tag
  summary: string
  /** Input, output and side effects. */
  description: string
  /** Who may call it: anybody by default. `optional`: a token is read if there is one. */
  access?: 'optional' | 'user' | 'admin'
  /** A replica may answer it under REPLICA_READS. */
  near?: boolean
  /** Answers without D1, so it cannot be unavailable. */
  local?: boolean
  /** Answers even if a setting is missing. */
  always?: boolean
  /** Accepts full proof, in the body or in the header `Gatehouse-Proof`. */
  proves?: boolean
  path?: z.core.$ZodObject
  /** Path parameters are not validated: an unknown one is not found. */
  anyPath?: boolean
  query?: z.core.$ZodObject
  /** Reads the device cookie or token. */
  device?: true
  /** Reads the cookie or token of a trusted device. */
  trust?: true
  body?: Content
  /** The body may be left out. */
  bodyOptional?: boolean
  replies: Record<number, Reply>
  refusals?: Refusal[]
}

/** One subject: `METHOD /path` → operation. Several subjects may share a tag. */
export type Group = { tag: Tag; operations: Record<`${Method} /${string}`, Operation> }
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export const json = (schema: z.core.$ZodType, examples?: Record<string, unknown>): Content => ({
  'application/json': { schema, examples },
})

export const form = (schema: z.core.$ZodType, examples?: Record<string, unknown>): Content => ({
  'application/x-www-form-urlencoded': { schema, examples },
})

/** Returns a form with files. It has no examples, because a file cannot be shown. */
export const multipart = (schema: z.core.$ZodType): Content => ({ 'multipart/form-data': { schema } })

export const file = (type: string, description: string): Content => ({
  [type]: { schema: { type: 'string', format: 'binary', description } },
})

export const page = (description: string): Content => ({ 'text/html': { schema: { type: 'string', description } } })

const anyToken: Record<string, string[]>[] = [{ bearerAuth: [] }, { cookieAuth: [] }, { passwordFlow: [] }]

const bodyRefusals = ['unsupported_media_type', 'validation_failed'] as const

const needsToken = ({ access }: Operation) => access === 'user' || access === 'admin'

const implied = (method: string, path: string, o: Operation): Refusal[] => [
  ...(o.body?.['application/json'] ? (['malformed_json'] as const) : []),
  ...(o.body ? bodyRefusals : []),
  ...(o.query || (o.path && !o.anyPath) ? (['validation_failed'] as const) : []),
  ...(needsToken(o) ? (['not_authenticated', 'invalid_token'] as const) : []),
  ...(o.access === 'admin' ? (['forbidden', 'enrolment_required'] as const) : []),
  // The size of a body is limited even if the operation does not read it.
  ...(method !== 'GET' && path.startsWith('/api/') ? (['cross_site', 'payload_too_large'] as const) : []),
  ...(o.local ? [] : (['dependency_unavailable'] as const)),
  // Over plain http, a deployment with an https APP_URL answers only /health.
  ...(o.always ? [] : (['https_only', 'misconfigured'] as const)),
]

const examplesOf = (examples: Record<string, unknown> | undefined) =>
  examples && Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]))

const contentOf = (content: Content) =>
  Object.fromEntries(
    Object.entries(content).map(([type, { schema, examples }]) => [type, { schema, examples: examplesOf(examples) }]),
  )

const replyOf = ({ says, content, headers = {} }: Reply, more: Record<string, { $ref: string }>) => ({
  description: says,
  ...(Object.keys({ ...headers, ...more }).length > 0 && {
    headers: {
      ...Object.fromEntries(
        Object.entries(headers).map(([name, description]) => [
          name,
          { description, schema: { type: 'string' as const } },
        ]),
      ),
      ...more,
    },
  }),
  ...(content && { content: contentOf(content) }),
})

/** A write returns the bookmark and a read sends it back, under REPLICA_READS. */
const bookmark = { name: 'Gatehouse-Bookmark', header: { $ref: '#/components/headers/Gatehouse-Bookmark' } }

const bookmarkOf = (method: string, path: string, o: Operation): Record<string, { $ref: string }> =>
  method !== 'GET' && path.startsWith('/api/') && !o.local ? { [bookmark.name]: bookmark.header } : {}

/** Returns the operation in OpenAPI's form, with every refusal it can answer with. */
export const describe = (method: string, path: string, tag: Tag, o: Operation): ZodOpenApiOperationObject => ({
  operationId: o.id,
  tags: [tag],
  summary: o.summary,
  description: o.description,
  security: needsToken(o) ? anyToken : o.access === 'optional' ? [...anyToken, {}] : [],
  ...((o.query || o.path) && {
    requestParams: { ...(o.query && { query: o.query }), ...(o.path && { path: o.path }) },
  }),
  ...((o.device || o.trust || o.near || o.proves) && {
    parameters: [
      ...(o.device ? [{ $ref: '#/components/parameters/Device' }] : []),
      ...(o.trust ? [{ $ref: '#/components/parameters/Trust' }] : []),
      ...(o.near ? [{ $ref: '#/components/parameters/Bookmark' }] : []),
      ...(o.proves ? [{ $ref: '#/components/parameters/Proof' }] : []),
    ],
  }),
  ...(o.body && { requestBody: { required: !o.bodyOptional, content: contentOf(o.body) } }),
  responses: {
    ...Object.fromEntries(
      Object.entries(o.replies).map(([status, reply]) => [status, replyOf(reply, bookmarkOf(method, path, o))]),
    ),
    ...problemReplies(
      [...implied(method, path, o), ...(o.refusals ?? [])],
      o.body?.['application/x-www-form-urlencoded'] !== undefined,
    ),
  },
})
