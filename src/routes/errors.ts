import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { AuthError, InvalidLink } from '../domain/errors.ts'
import { type ErrorCode, problems } from '../domain/problems.ts'
import { recentMs } from '../domain/proof.ts'
import type { AppEnv } from '../env.ts'
import { logError } from '../log.ts'
import { Misconfigured } from '../misconfigured.ts'
import { isForm } from './media.ts'

/** RFC 6750 §3.1: the challenge names no error if the request had no credentials. */
const challenges: Partial<Record<ErrorCode, string>> = {
  not_authenticated: 'Bearer',
  invalid_credentials: 'Bearer',
  invalid_token: 'Bearer error="invalid_token"',
}

/**
 * OAuth's `error` for each of our codes (RFC 6749 §5.2), in replies to OAuth forms: without it, some libraries take a
 * refusal for the new token. Codes that are not listed become `invalid_request`. RFC 6749 §5.2 has no code for an
 * unavailable service, so `temporarily_unavailable` and `server_error` come from §4.1.2.1.
 */
const oauthErrors: Partial<Record<ErrorCode, string>> = {
  invalid_credentials: 'invalid_grant',
  invalid_token: 'invalid_grant',
  wrong_code: 'invalid_grant',
  second_factor_required: 'mfa_required',
  enrolment_required: 'mfa_required',
  unsupported_grant_type: 'unsupported_grant_type',
  rate_limited: 'temporarily_unavailable',
  busy: 'temporarily_unavailable',
  dependency_unavailable: 'temporarily_unavailable',
  migration_unavailable: 'temporarily_unavailable',
  misconfigured: 'server_error',
}

/**
 * RFC 9470 §3: what an operation needs of a caller who is already signed in. `acr_values` lists every value that is
 * enough, the best first; `max_age` is in seconds.
 */
const stepUps: Partial<Record<ErrorCode, string>> = {
  second_factor_required: 'acr_values="phr aal2"',
  enrolment_required: 'acr_values="phr aal2"',
  reauthentication_required: `max_age="${recentMs / 1000}"`,
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
  const { status: usual, title, detail: sentence } = problems[error.code]
  const { oauth } = c.var
  const input = link || (oauth === 'grant' && oauthErrors[error.code] === 'invalid_grant')
  const status = input ? 400 : usual
  const stepUp = c.var.userId === undefined ? undefined : stepUps[error.code]
  const challenge = input
    ? undefined
    : stepUp
      ? `Bearer error="insufficient_user_authentication", ${stepUp}`
      : challenges[error.code]
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
    ...error.members,
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
 * Every exception becomes a reply here. The reply shows nothing of an unknown exception, whose message may contain what
 * the client sent.
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
