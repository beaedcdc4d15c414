import type { ErrorCode } from './problems.ts'

/** One fault of the input. `field` is a path such as `phone`; `code` is stable; `detail` is for people. */
export type FieldError = { field: string; code: string; detail: string }

type Extra = {
  /** Replaces the usual sentence for the code. */
  detail?: string
  errors?: FieldError[]
  /** Whole seconds for `Retry-After`. */
  retryAfter?: number
  /** Further members of the problem (RFC 9457 §3.2). */
  members?: Record<string, unknown>
  cause?: unknown
}

/**
 * An error that ends the request. The client sees its content, so it must contain no data from the database and no
 * secret.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly errors: FieldError[] | undefined
  readonly retryAfter: number | undefined
  readonly members: Record<string, unknown> | undefined

  constructor(code: ErrorCode, { detail, errors, retryAfter, members, cause }: Extra = {}) {
    super(code, { cause })
    this.code = code
    this.detail = detail
    this.errors = errors
    this.retryAfter = retryAfter
    this.members = members
  }
}

/**
 * The longest `Retry-After` in seconds. If a limit lasts longer, a client should not wait: a reset by mail may help.
 */
const longestWait = 3600

/**
 * Returns the refusal of a limit that is exhausted until `until`. `Retry-After` (RFC 6585 §4, RFC 9110 §10.2.3) is in
 * whole seconds, rounded up so that waiting suffices, and at most an hour.
 * @param otherwise the advice to give if the wait is longer than an hour
 */
export const rateLimited = (until: Date, now: Date, otherwise?: string) => {
  const seconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000))
  return new AuthError('rate_limited', {
    retryAfter: Math.min(seconds, longestWait),
    ...(seconds > longestWait && otherwise !== undefined && { detail: otherwise }),
  })
}

/**
 * Refuses a mailed link that is forged, used, void or too old. All of these get the same answer, so that it reveals
 * nothing.
 */
export class InvalidLink extends AuthError {
  constructor(detail = 'This link is no longer valid. Ask for a new one.') {
    super('invalid_token', { detail })
  }
}

/** Refuses an enrolment that is forged, confirmed before, of another session or too old. */
export class InvalidEnrolment extends InvalidLink {
  constructor() {
    super('This enrolment is no longer valid. Begin again.')
  }
}
