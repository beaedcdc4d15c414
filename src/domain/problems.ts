/**
 * Every refusal: what a client gets, and what it can do about it. The codes are part of the API; adding one changes the
 * API. The page `/errors`, docs/reference/errors.md and the words of the typed client are generated from this list.
 *
 * `status` is that of HTTP, `title` the kind of problem (RFC 9457), `detail` a sentence that a form can show, and
 * `advice` what a client can do about it.
 */
export const problems = {
  malformed_json: {
    status: 400,
    title: 'Malformed JSON',
    detail: 'The body is not valid JSON.',
    advice: 'Send one JSON value, in UTF-8. An empty body is not JSON.',
  },
  validation_failed: {
    status: 422,
    title: 'Validation failed',
    detail: 'Some of the input is invalid.',
    advice: 'Read `errors`: each entry has the member, a code, and a sentence to show beside it.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'This operation does not accept this media type.',
    advice: 'Set `Content-Type` as documented, usually `application/json`.',
  },
  unsupported_grant_type: {
    status: 400,
    title: 'Unsupported grant type',
    detail: 'This operation does not accept this grant_type.',
    advice:
      'Send `grant_type=password` to log in and `grant_type=refresh_token` to refresh, or leave the parameter out.',
  },
  payload_too_large: {
    status: 413,
    title: 'Payload too large',
    detail: 'The body is too large for this operation.',
    advice: 'Send less: a JSON body has at most 16 KiB, a picture at most 5 MiB.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    detail: 'There is nothing here.',
    advice: 'Check the URL. Anything that belongs to another user gets this answer too.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    detail: 'This URL does not support this method.',
    advice: 'Use one of the methods in the header `Allow`.',
  },
  not_authenticated: {
    status: 401,
    title: 'Not authenticated',
    detail: 'Sign in first.',
    advice: 'Log in, and send the access token in `Authorization: Bearer …` or with the cookie.',
  },
  invalid_token: {
    status: 401,
    title: 'Invalid token',
    detail: 'The token is invalid or expired, or its session has ended.',
    advice:
      'Access token: refresh once and repeat the request; if the refresh gets this answer, log in again. Mailed link: ask for a new one.',
  },
  invalid_credentials: {
    status: 401,
    title: 'Invalid credentials',
    detail:
      'The e-mail address or password is wrong, or the address is not verified yet. If it is not verified, a new link is on its way.',
    advice:
      'Let the user try again or reset the password. Unknown, unverified and disabled accounts get this answer too.',
  },
  wrong_password: {
    status: 422,
    title: 'Wrong password',
    detail: 'The current password is wrong.',
    advice: 'Let the user type the current password again. A refresh does not help.',
  },
  second_factor_required: {
    status: 403,
    title: 'Second factor required',
    detail: 'A second factor is needed: a passkey, a code of your authenticator app, or a recovery code.',
    advice:
      'Ask for one of `methods`. At log-in send a code with the `challenge` to `/api/auth/login/code`, or repeat the request with the code as `otp`; for a passkey, begin at `/api/auth/login/passkey/options`. Signed in: send password and `otp` to `/api/auth/reauthenticate`, and repeat the request with the `proof` of the reply.',
  },
  enrolment_required: {
    status: 403,
    title: 'Enrolment required',
    detail: 'Add a second factor to your account first: an authenticator app or a passkey.',
    advice:
      'At log-in send the `challenge` to `/api/auth/login/enrol/mail`, and add one of `methods` with the mailed code at `/api/auth/login/enrol/options` and `/api/auth/login/enrol`. Signed in: let the user add one on the account page.',
  },
  wrong_code: {
    status: 422,
    title: 'Wrong code',
    detail: 'The code is wrong or was used before. If new codes fail too, check the clock of your phone.',
    advice: 'Let the user type the next code of the app, or a recovery code that was not used yet.',
  },
  other_browser: {
    status: 409,
    title: 'Other browser',
    detail: 'This link works only in the browser where you asked for it. Type its code there instead.',
    advice:
      'Show `code_to_type`, and tell the user to type it where the log-in began. The link and the code stay valid.',
  },
  passkey_refused: {
    status: 422,
    title: 'Passkey refused',
    detail: 'That passkey was not accepted.',
    advice:
      'Ask for new options and let the user try again. With `unknown_credential`, tell the browser by `PublicKeyCredential.signalUnknownCredential`.',
  },
  reauthentication_required: {
    status: 403,
    title: 'Reauthentication required',
    detail: 'Enter your password again to do this.',
    advice: 'Ask for the password, send it to `/api/auth/reauthenticate`, and repeat the request.',
  },
  proof_required: {
    status: 403,
    title: 'Proof required',
    detail:
      'The link alone is not enough: open it in the browser where you are logged in or where you registered, or send the password too.',
    advice:
      'Ask for the password of the account and send it too, or send the token from the browser where the user is logged in or registered. The link stays valid. A user who does not know the password can set a new one by a mailed link.',
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    detail: 'You may not do this.',
    advice: 'This account lacks the permission. Repeating the request or refreshing the token does not help.',
  },
  cross_site: {
    status: 403,
    title: 'Cross-site request',
    detail: 'This request comes from a page whose origin is not allowed.',
    advice:
      'Send the request from a page of this service or of an origin in `CORS_ORIGINS`. If a server sends it, leave out the header `Origin`.',
  },
  email_taken: {
    status: 409,
    title: 'E-mail taken',
    detail: 'Another account has this e-mail address.',
    advice: 'Log in with this address, or use another one.',
  },
  external_id_taken: {
    status: 409,
    title: 'External id taken',
    detail: 'Another user has this external id, or an id equal to it.',
    advice: 'Find that user by the external id. Then remove the external id there, or send another one.',
  },
  last_admin: {
    status: 409,
    title: 'Last admin',
    detail: 'This is the last active admin; make another one first.',
    advice: 'Make another user an admin, then repeat the request.',
  },
  factor_limit: {
    status: 409,
    title: 'Factor limit',
    detail: 'You cannot have more of these. Remove one first.',
    advice: 'Remove a factor, then repeat the request.',
  },
  last_factor: {
    status: 409,
    title: 'Last factor',
    detail: 'The account needs this one, so it cannot be removed. Add another one first.',
    advice:
      'Let the user add another factor first, or set a password if the account has none. An admin can remove all factors together.',
  },
  own_account: {
    status: 409,
    title: 'Own account',
    detail: 'This cannot be done to your own account.',
    advice: 'Have another admin do it.',
  },
  password_too_short: {
    status: 422,
    title: 'Password too short',
    detail: 'The password is too short.',
    advice: 'Choose a longer one: `errors` says how long.',
  },
  password_too_long: {
    status: 422,
    title: 'Password too long',
    detail: 'The password is too long.',
    advice: 'Choose a shorter one: at most 256 characters.',
  },
  password_too_common: {
    status: 422,
    title: 'Password too common',
    detail: 'The password is too easy to guess.',
    advice: 'Choose one that is not common and does not consist of your name, your address or the name of the service.',
  },
  password_breached: {
    status: 422,
    title: 'Password breached',
    detail: 'The password has appeared in a data breach.',
    advice: 'Choose one that you use nowhere else.',
  },
  registration_closed: {
    status: 403,
    title: 'Registration closed',
    detail: 'New accounts cannot be registered here.',
    advice: 'Ask the operator for an invitation.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    detail: 'Too many attempts. Try again later.',
    advice: 'Wait for the seconds in `Retry-After`.',
  },
  busy: {
    status: 503,
    title: 'Busy',
    detail: 'The service is busy. Try again in a moment.',
    advice: 'Wait for the seconds in `Retry-After`, then repeat the request.',
  },
  dependency_unavailable: {
    status: 503,
    title: 'Unavailable',
    detail: 'A part of the service does not answer. Try again in a moment.',
    advice:
      'Wait for the seconds in `Retry-After`, then repeat the request. The first request may have taken effect; repeating it is safe.',
  },
  migration_unavailable: {
    status: 503,
    title: 'Old system unavailable',
    detail: 'This password cannot be checked at the moment. Try again soon, or use “Forgot password”.',
    advice: 'Wait for the seconds in `Retry-After`, then repeat the request. The attempt was not counted.',
  },
  misconfigured: {
    status: 500,
    title: 'Misconfigured',
    detail: 'The service is not configured correctly.',
    advice: 'Clients cannot fix this. The service logs the name of the setting.',
  },
} as const satisfies Record<string, { status: number; title: string; detail: string; advice: string }>

export type ErrorCode = keyof typeof problems

export const errorCodes = Object.keys(problems) as ErrorCode[]

/** Returns every code with its status, its usual words, and advice. */
export const errorList = () =>
  (Object.entries(problems) as [ErrorCode, (typeof problems)[ErrorCode]][]).map(([code, words]) => ({ code, ...words }))
