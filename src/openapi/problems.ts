import type { ZodOpenApiResponseObject } from 'zod-openapi'
import { type ErrorCode, problems } from '../domain/problems.ts'
import { documentOrigin } from '../routes/assets.ts'

/** Refusals that share their code with others but differ in status or words. */
const variants = {
  // A link's token is input, not authentication.
  invalid_link: { code: 'invalid_token', status: 400, detail: 'This link is no longer valid. Ask for a new one.' },
  invalid_enrolment: {
    code: 'invalid_token',
    status: 400,
    detail: 'This enrolment is no longer valid. Begin again.',
  },
  invalid_ceremony: {
    code: 'invalid_token',
    status: 400,
    detail: 'This passkey request is no longer valid. Start again.',
  },
  // An invalid grant is also input, if an OAuth form names the grant.
  wrong_password_grant: { code: 'invalid_credentials', status: 400, detail: problems.invalid_credentials.detail },
  wrong_code_grant: { code: 'wrong_code', status: 400, detail: problems.wrong_code.detail },
  // The challenge of a log-in is input too.
  invalid_challenge: {
    code: 'invalid_token',
    status: 400,
    detail: 'This log-in can no longer be finished. Start again.',
  },
  ended_refresh_grant: { code: 'invalid_token', status: 400, detail: problems.invalid_token.detail },
  unowned: {
    code: 'forbidden',
    status: 403,
    detail: 'The address is not verified, so anybody may have chosen the password. Mail a link to set a new one first.',
  },
  https_only: { code: 'forbidden', status: 403, detail: 'This service requires https.' },
} as const satisfies Record<string, { code: ErrorCode; status: number; detail: string }>

/** The refusals of an operation. */
export type Refusal = ErrorCode | keyof typeof variants

/** The refusals of a new password. */
export const passwordRefusals = [
  'password_too_short',
  'password_too_long',
  'password_too_common',
  'password_breached',
] as const

const read = (refusal: Refusal): { code: ErrorCode; status: number; detail: string; title: string } => {
  if (refusal in variants) {
    const variant = variants[refusal as keyof typeof variants]
    return { ...variant, title: problems[variant.code].title }
  }
  const { status, title, detail } = problems[refusal as ErrorCode]
  return { code: refusal as ErrorCode, status, title, detail }
}

/** Returns the faulty member for the example of a 422; for `validation_failed`, a member that most operations have. */
const fieldOf = (refusal: Refusal) => {
  const { code, status, detail } = read(refusal)
  if (code === 'validation_failed') return { field: 'email', code: 'invalid_email', detail: 'is not an e-mail address' }
  if (status !== 422) return
  const fields: Partial<Record<ErrorCode, string>> = { wrong_password: 'current_password', wrong_code: 'otp' }
  return { field: fields[code] ?? 'password', code, detail }
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
      ...(code === 'second_factor_required' && { methods: ['passkey', 'totp', 'recovery_code'] }),
      ...(code === 'enrolment_required' && { methods: ['passkey', 'totp'] }),
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

/** Returns a reply with one status that names exactly its codes. */
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

/** Returns an example of each refusal that one of the replies refers to. */
export const problemExamples = (replies: ZodOpenApiResponseObject[]) => {
  const shown = new Set(
    replies.flatMap(({ content = {} }) =>
      Object.values(content).flatMap((media) => Object.keys(media?.examples ?? {})),
    ),
  )
  return Object.fromEntries(all.filter((refusal) => shown.has(refusal)).map((refusal) => [refusal, example(refusal)]))
}

const problem = 'application/problem+json'
/** Prefix of the name of a reply to an OAuth form: its media type is plain JSON, as OAuth asks (RFC 6749 §5.2). */
const toForms = 'form-'

/**
 * Returns, by status, the shared reply of all its refusals, named after them.
 * @param oauth whether the operation also accepts an OAuth form
 */
export const problemReplies = (refusals: readonly Refusal[], oauth: boolean) =>
  Object.fromEntries(
    [...Map.groupBy(new Set([...refusals].sort()), (refusal) => read(refusal).status)].map(([status, same]) => [
      String(status),
      { $ref: `#/components/responses/${oauth ? toForms : ''}${same.join('-')}` },
    ]),
  )

/** Returns the shared replies that these references name, as name → reply. */
export const problemResponses = (refs: string[]) =>
  Object.fromEntries(
    [...new Set(refs)].sort().map((ref) => {
      const name = ref.replace('#/components/responses/', '')
      const refusals = name.replace(toForms, '').split('-') as [Refusal]
      const types = name.startsWith(toForms) ? [problem, 'application/json'] : [problem]
      return [name, reply(read(refusals[0]).status, refusals, types)]
    }),
  )
