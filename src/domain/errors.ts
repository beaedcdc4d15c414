/**
 * Every way to refuse a request. The codes are part of the API (`docs: /errors`); adding one changes the API. The table
 * in `routes/errors.ts` gives each code its status and words.
 */
export const errorCodes = [
  'malformed_json',
  'validation_failed',
  'unsupported_media_type',
  'unsupported_grant_type',
  'payload_too_large',
  'not_found',
  'method_not_allowed',
  'not_authenticated',
  'invalid_token',
  'invalid_credentials',
  'wrong_password',
  'reauthentication_required',
  'proof_required',
  'forbidden',
  'cross_site',
  'email_taken',
  'last_admin',
  'own_account',
  'password_too_short',
  'password_too_long',
  'password_too_common',
  'password_breached',
  'registration_closed',
  'rate_limited',
  'busy',
  'dependency_unavailable',
  'misconfigured',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** One fault of the input. `field` is a path such as `phone`; `code` is stable; `detail` is for people. */
export type FieldError = { field: string; code: string; detail: string }

type Extra = {
  /** Replaces the usual sentence of the code. */
  detail?: string
  errors?: FieldError[]
  /** Whole seconds for `Retry-After`. */
  retryAfter?: number
  cause?: unknown
}

/** Ends the request. The caller sees its content, so nothing in it may come from the database or name a secret. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly errors: FieldError[] | undefined
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, { detail, errors, retryAfter, cause }: Extra = {}) {
    super(code, { cause })
    this.code = code
    this.detail = detail
    this.errors = errors
    this.retryAfter = retryAfter
  }
}

/** The longest `Retry-After` in seconds. A limit that lasts longer can be lifted by other means. */
const longestWait = 3600

/**
 * Returns the refusal of a limit that is exhausted until `until`. `Retry-After` (RFC 6585 §4, RFC 9110 §10.2.3) is in
 * whole seconds, rounded up so that waiting suffices, and at most an hour.
 * @param otherwise what helps if the wait is longer than that
 */
export const rateLimited = (until: Date, now: Date, otherwise?: string) => {
  const seconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000))
  return new AuthError('rate_limited', {
    retryAfter: Math.min(seconds, longestWait),
    ...(seconds > longestWait && otherwise !== undefined && { detail: otherwise }),
  })
}

/**
 * Refuses a mailed link that is forged, used, void or too old. One answer for all of them, so that it reveals nothing.
 */
export class InvalidLink extends AuthError {
  constructor() {
    super('invalid_token', { detail: 'This link is no longer valid. Ask for a new one.' })
  }
}
