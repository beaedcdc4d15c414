import type { ZodOpenApiResponseObject } from 'zod-openapi'
import type { ErrorCode } from '../domain/errors.ts'
import { documentOrigin } from '../routes/assets.ts'
import { problems } from '../routes/errors.ts'

/** Refusals that share a code with others and differ in the rest. */
const variants = {
  // A link's token is input, not authentication.
  invalid_link: { code: 'invalid_token', status: 400, detail: 'This link is not valid any more. Ask for a new one.' },
  // What OAuth calls an invalid grant is input too, where the form names the grant.
  wrong_password_grant: { code: 'invalid_credentials', status: 400, detail: problems.invalid_credentials[2] },
  ended_refresh_grant: { code: 'invalid_token', status: 400, detail: problems.invalid_token[2] },
  unowned: {
    code: 'forbidden',
    status: 403,
    detail: "The address is not verified and the password may be anybody's: mail a link to set a new one first.",
  },
  https_only: { code: 'forbidden', status: 403, detail: 'This service answers https only.' },
} as const satisfies Record<string, { code: ErrorCode; status: number; detail: string }>

/** What an operation can refuse. */
export type Refusal = ErrorCode | keyof typeof variants

/** What a new password can be refused for. */
export const passwordRefusals = [
  'password_too_short',
  'password_too_long',
  'password_too_common',
  'password_breached',
] as const

const read = (refusal: Refusal): { code: ErrorCode; status: number; detail: string; title: string } => {
  if (refusal in variants) {
    const variant = variants[refusal as keyof typeof variants]
    return { ...variant, title: problems[variant.code][1] }
  }
  const [status, title, detail] = problems[refusal as ErrorCode]
  return { code: refusal as ErrorCode, status, title, detail }
}

/** What a 422 says of the member it is about, here of one that most operations have. */
const fieldOf = (refusal: Refusal) => {
  const { code, status, detail } = read(refusal)
  if (code === 'validation_failed') return { field: 'email', code: 'invalid_email', detail: 'is not an e-mail address' }
  if (status !== 422) return
  return { field: code === 'wrong_password' ? 'current_password' : 'password', code, detail }
}

const example = (refusal: Refusal) => {
  const { code, status, title, detail } = read(refusal)
  const field = fieldOf(refusal)
  return {
    summary: title,
    value: {
      type: `${documentOrigin}/errors#${code}`,
      title,
      status,
      code,
      detail,
      request_id: '019aa2f6-7c1e-7d2a-9b1f-5a6c7d8e9f00',
      ...(field && { errors: [field] }),
      // Only a form can name a grant.
      ...(/_grant/.test(refusal) && {
        error: code === 'unsupported_grant_type' ? code : 'invalid_grant',
        error_description: detail,
      }),
    },
  }
}

const all = [...Object.keys(problems), ...Object.keys(variants)] as Refusal[]

const headersOf = (status: number): Record<string, { $ref: string }> | undefined => {
  if (status === 401) return { 'WWW-Authenticate': { $ref: '#/components/headers/WWW-Authenticate' } }
  if (status === 429 || status === 503) return { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }
}

/** A reply of one status that names exactly the codes which come with it. */
const reply = (status: number, refusals: readonly Refusal[], types: string[]): ZodOpenApiResponseObject => {
  const headers = headersOf(status)
  const codes = [...new Set(refusals.map((refusal) => read(refusal).code))]
  const media = {
    schema: {
      allOf: [
        { $ref: '#/components/schemas/Problem' },
        { type: 'object' as const, properties: { status: { const: status }, code: { enum: codes } } },
      ],
    },
    examples: Object.fromEntries(refusals.map((refusal) => [refusal, { $ref: `#/components/examples/${refusal}` }])),
  }
  return {
    description: refusals.map((refusal) => `\`${read(refusal).code}\`: ${read(refusal).detail}`).join('\n\n'),
    ...(headers && { headers }),
    content: Object.fromEntries(types.map((type) => [type, media])),
  }
}

/** An example of each refusal that one of the replies refers to. */
export const problemExamples = (replies: ZodOpenApiResponseObject[]) => {
  const shown = new Set(
    replies.flatMap(({ content = {} }) =>
      Object.values(content).flatMap((media) => Object.keys(media?.examples ?? {})),
    ),
  )
  return Object.fromEntries(all.filter((refusal) => shown.has(refusal)).map((refusal) => [refusal, example(refusal)]))
}

const problem = 'application/problem+json'
/** Before the name of a reply that a form of OAuth gets as that wants it: plain JSON (RFC 6749 §5.2). */
const toForms = 'form-'

/**
 * Status → the shared reply of all refusals that come with it, named after them.
 * @param oauth the operation takes a form of OAuth too
 */
export const problemReplies = (refusals: readonly Refusal[], oauth: boolean) =>
  Object.fromEntries(
    [...Map.groupBy(new Set([...refusals].sort()), (refusal) => read(refusal).status)].map(([status, same]) => [
      String(status),
      { $ref: `#/components/responses/${oauth ? toForms : ''}${same.join('-')}` },
    ]),
  )

/** The shared replies that others refer to: references → name → reply. */
export const problemResponses = (refs: string[]) =>
  Object.fromEntries(
    [...new Set(refs)].sort().map((ref) => {
      const name = ref.replace('#/components/responses/', '')
      const refusals = name.replace(toForms, '').split('-') as [Refusal]
      const types = name.startsWith(toForms) ? [problem, 'application/json'] : [problem]
      return [name, reply(read(refusals[0]).status, refusals, types)]
    }),
  )
