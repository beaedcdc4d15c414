import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AuthError, type ErrorCode, InvalidLink } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'
import { logError } from '../log.ts'
import { Misconfigured } from '../settings.ts'
import { isForm } from './media.ts'

/** Each code's status, title, and a sentence that a form can show. The page `/errors` is made from it too. */
export const problems = {
  malformed_json: [400, 'Malformed JSON', 'The body is not valid JSON.'],
  validation_failed: [422, 'Validation failed', 'Some of the input is invalid.'],
  unsupported_media_type: [415, 'Unsupported media type', 'This operation does not accept this media type.'],
  unsupported_grant_type: [400, 'Unsupported grant type', 'This operation does not accept this grant_type.'],
  payload_too_large: [413, 'Payload too large', 'The body is too large for this operation.'],
  not_found: [404, 'Not found', 'There is nothing here.'],
  method_not_allowed: [405, 'Method not allowed', 'This URL does not support this method.'],
  not_authenticated: [401, 'Not authenticated', 'Sign in first.'],
  invalid_token: [401, 'Invalid token', 'The token is invalid or expired, or its session has ended.'],
  invalid_credentials: [
    401,
    'Invalid credentials',
    'The e-mail or password is wrong, or the address is not verified yet. In that case a new link is on its way.',
  ],
  wrong_password: [422, 'Wrong password', 'The current password is wrong.'],
  reauthentication_required: [403, 'Reauthentication required', 'Give your password again to do this.'],
  proof_required: [
    403,
    'Proof required',
    'The link alone is not enough: open it in the browser where you are logged in or registered, or send the password too.',
  ],
  forbidden: [403, 'Forbidden', 'You may not do this.'],
  cross_site: [403, 'Cross-site request', 'This request comes from a page whose origin is not allowed.'],
  email_taken: [409, 'E-mail taken', 'Another account has this e-mail address.'],
  last_admin: [409, 'Last admin', 'This is the last active admin; make another one first.'],
  own_account: [409, 'Own account', 'This cannot be done to your own account.'],
  password_too_short: [422, 'Password too short', 'The password is too short.'],
  password_too_long: [422, 'Password too long', 'The password is too long.'],
  password_too_common: [422, 'Password too common', 'The password is too easy to guess.'],
  password_breached: [422, 'Password breached', 'The password has appeared in a data breach.'],
  registration_closed: [403, 'Registration closed', 'New accounts cannot be registered here.'],
  rate_limited: [429, 'Too many requests', 'Too many attempts. Try again later.'],
  busy: [503, 'Busy', 'The service is busy. Try again in a moment.'],
  dependency_unavailable: [503, 'Unavailable', 'A part of the service does not answer. Try again in a moment.'],
  misconfigured: [500, 'Misconfigured', 'The service is not configured correctly.'],
} as const satisfies Record<ErrorCode, readonly [ContentfulStatusCode, title: string, detail: string]>

/** RFC 6750 §3.1: the challenge names no error if the request had no credentials. */
const challenges: Partial<Record<ErrorCode, string>> = {
  not_authenticated: 'Bearer',
  invalid_credentials: 'Bearer',
  invalid_token: 'Bearer error="invalid_token"',
}

/**
 * RFC 6749 §5.2, for libraries that send OAuth forms: without `error`, some take a refusal for the new token. Codes
 * that are not listed become `invalid_request`. That section has no code for an unavailable service; those two come
 * from §4.1.2.1.
 */
const oauthErrors: Partial<Record<ErrorCode, string>> = {
  invalid_credentials: 'invalid_grant',
  invalid_token: 'invalid_grant',
  unsupported_grant_type: 'unsupported_grant_type',
  rate_limited: 'temporarily_unavailable',
  busy: 'temporarily_unavailable',
  dependency_unavailable: 'temporarily_unavailable',
  misconfigured: 'server_error',
}

/** Seconds between `min` and twice `min`, so that clients refused together do not return together. */
const jittered = (min: number) => min + Math.floor(Math.random() * min)

/**
 * Returns the refusal as problem details (RFC 9457). An invalid link token is bad input, not failed authentication: 400
 * instead of 401. So is an invalid grant in an OAuth form (RFC 6749 §5.2): OAuth libraries look at the challenge and
 * the media type before they look at `error`.
 */
export const problem = (c: Context<AppEnv>, error: AuthError, headers: Record<string, string> = {}) => {
  c.set('code', error.code)
  const link = error instanceof InvalidLink
  const [usual, title, sentence] = problems[error.code]
  const { oauth } = c.var
  const input = link || (oauth === 'grant' && oauthErrors[error.code] === 'invalid_grant')
  const status = input ? 400 : usual
  const challenge = input ? undefined : challenges[error.code]
  const retryAfter = error.retryAfter ?? (status === 503 ? jittered(5) : undefined)
  const detail = error.detail ?? sentence
  const body = {
    type: `${originOf(c)}/errors#${error.code}`,
    title,
    status,
    code: error.code,
    detail,
    request_id: c.var.requestId,
    ...(error.errors && { errors: error.errors }),
    ...(isForm(c) && {
      error: oauthErrors[error.code] ?? 'invalid_request',
      // Only printable ASCII without " and \ is allowed here.
      error_description: detail.replace(/[^ !#-[\]-~]/g, "'"),
    }),
  }
  return c.body(JSON.stringify(body), status, {
    'Content-Type': oauth ? 'application/json' : 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(challenge && { 'WWW-Authenticate': challenge }),
    ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
    ...headers,
  })
}

/** Works even if APP_URL itself is misconfigured. */
const originOf = (c: Context<AppEnv>) => (URL.canParse(c.env.APP_URL) ? new URL(c.env.APP_URL).origin : '')

/**
 * The only way errors leave the service. Nothing of an unknown exception is shown: its message may contain what was
 * sent.
 */
export const onError = (thrown: Error, c: Context<AppEnv>) => {
  if (thrown instanceof AuthError) {
    if (thrown.cause !== undefined) logError('request', thrown.cause)
    return problem(c, thrown)
  }
  if (thrown instanceof HTTPException)
    return problem(c, new AuthError(thrown.status === 400 ? 'malformed_json' : 'not_found'))
  if (thrown instanceof Misconfigured) {
    console.error(JSON.stringify({ level: 'error', at: 'settings', code: 'misconfigured', detail: thrown.message }))
    return problem(c, new AuthError('misconfigured'))
  }
  logError('request', thrown)
  return problem(c, new AuthError('dependency_unavailable'))
}
