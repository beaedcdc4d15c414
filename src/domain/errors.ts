/**
 * Every way a request can be refused. The codes are API (docs: `/errors`); adding one is a change of the API.
 * The table in `routes/errors.ts` gives each code its form on the wire.
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

/** What is wrong with one member of the input. `field` is a path such as `phone`; `code` is stable, `detail` is for people. */
export type FieldError = { field: string; code: string; detail: string }

type Extra = {
  /** A sentence for people in place of the code's usual one. */
  detail?: string
  errors?: FieldError[]
  /** Whole seconds, for `Retry-After`. */
  retryAfter?: number
  cause?: unknown
}

/** Ends the request. Nothing in it may come from a database or name a secret: it is shown to the caller. */
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

/** Seconds after which it is worth another try, at the latest: what is closed for longer may be opened by other means. */
const longestWait = 3600

/**
 * A limit is exhausted until `until`. RFC 6585 §4, RFC 9110 §10.2.3: whole seconds, rounded up so that waiting suffices,
 * an hour at most.
 * @param otherwise what helps where waiting takes longer than that
 */
export const rateLimited = (until: Date, now: Date, otherwise?: string) => {
  const seconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000))
  return new AuthError('rate_limited', {
    retryAfter: Math.min(seconds, longestWait),
    ...(seconds > longestWait && otherwise !== undefined && { detail: otherwise }),
  })
}

/** A token from a mail that is forged, used, void or too old: one answer for all, so that it reveals nothing. */
export class InvalidLink extends AuthError {
  constructor() {
    super('invalid_token', { detail: 'This link is not valid any more. Ask for a new one.' })
  }
}
