import type { ErrorCode } from '../../domain/errors.ts'

/** What a client can do about each refusal: the second half of the page `/errors`. */
export const advice = {
  malformed_json: 'Send one JSON value, in UTF-8. An empty body is not JSON.',
  validation_failed: 'Read `errors`: each entry has the member, a code, and a sentence to show beside it.',
  unsupported_media_type: 'Set `Content-Type` as documented, usually `application/json`.',
  unsupported_grant_type:
    'Send `grant_type=password` to log in and `grant_type=refresh_token` to refresh, or leave it out.',
  payload_too_large: 'Send less: a JSON body has at most 16 KiB, a picture at most 5 MiB.',
  not_found: 'Check the URL. What belongs to another user gets this answer too.',
  method_not_allowed: 'Use one of the methods in the header `Allow`.',
  not_authenticated: 'Log in, and send the access token in `Authorization: Bearer …` or with the cookie.',
  invalid_token:
    'Access token: refresh once and repeat the request; if the refresh gets this answer, log in again. Mailed link: ask for a new one.',
  invalid_credentials:
    'Let the user try again or reset the password. Unknown, unverified and disabled accounts get this answer too.',
  wrong_password: 'Let the user type the current password again. A refresh does not help.',
  reauthentication_required: 'Ask for the password, send it to `/api/auth/reauthenticate`, and repeat the request.',
  proof_required:
    'Ask for the password of the account and send it too, or send the token from the browser where the user is logged in or registered. The link stays valid. Without the password, the user can set a new one by a mailed link.',
  forbidden: 'This account may not do this. Repeating or refreshing does not help.',
  cross_site:
    'Send the request from a page of this service or of an origin in `CORS_ORIGINS`; from a server, without `Origin`.',
  email_taken: 'Log in with this address, or use another one.',
  last_admin: 'Make another user an admin, then repeat the request.',
  own_account: 'Have another admin do it.',
  password_too_short: 'Choose a longer one: `errors` says how long.',
  password_too_long: 'Choose a shorter one: at most 256 characters.',
  password_too_common: 'Choose one that is not common and not made of your name, address or the name of the service.',
  password_breached: 'Choose one that you use nowhere else.',
  registration_closed: 'Ask the operator for an invitation.',
  rate_limited: 'Wait for the seconds in `Retry-After`.',
  busy: 'Wait for the seconds in `Retry-After`, then repeat the request.',
  dependency_unavailable:
    'Wait for the seconds in `Retry-After`, then repeat the request. It may have taken effect; repeating it is safe.',
  misconfigured: 'Clients cannot mend this. The service logs the name of the setting.',
} as const satisfies Record<ErrorCode, string>
