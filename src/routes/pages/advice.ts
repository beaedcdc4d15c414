import type { ErrorCode } from '../../domain/errors.ts'

/** What a client can do about each refusal: the second half of the page `/errors`. */
export const advice = {
  malformed_json: 'Send one JSON value, in UTF-8. An empty body is not JSON.',
  validation_failed: 'Read `errors`: each entry names the member, a code, and a sentence to show beside it.',
  unsupported_media_type:
    'Name the type of the body in `Content-Type`, as the documentation has it: mostly `application/json`.',
  unsupported_grant_type:
    'Send `grant_type=password` to log in and `grant_type=refresh_token` to refresh, or leave it out.',
  payload_too_large: 'Send less: a JSON body has at most 16 KiB, a picture at most 5 MiB.',
  not_found: 'Check the address. What belongs to somebody else answers like this too.',
  method_not_allowed: 'Use one of the methods in the header `Allow`.',
  not_authenticated: 'Log in, and send the access token in `Authorization: Bearer …` or with the cookie.',
  invalid_token:
    'An access token: refresh it, once, and repeat the request; if the refresh gets this answer, log in again. A link from a mail: ask for a new one.',
  invalid_credentials:
    'Let the person try again, or reset the password. The answer is the same for an unknown address, a wrong password, and an account that is not verified or was disabled.',
  wrong_password: 'Let the person type the current password again. A refresh does not help.',
  reauthentication_required: 'Ask for the password, send it to `/api/auth/reauthenticate`, and repeat the request.',
  proof_required:
    'Ask for the password of the account and send it with the token, or send the token where the person is logged in or registered. The link stays good. A person who does not know the password chooses a new one by a link from a mail.',
  forbidden: 'This account may not do it. Repeating or refreshing changes nothing.',
  cross_site:
    'Send the request from a page of this service, or of an origin in `CORS_ORIGINS`; from a server, with its own `Origin` or none.',
  email_taken: 'Log in with this address, or take another.',
  last_admin: 'Make another user an admin, then repeat the request.',
  own_account: 'Have another admin do it.',
  password_too_short: 'Choose a longer one. The documentation of the operation has the length.',
  password_too_long: 'Choose a shorter one: at most 256 characters.',
  password_too_common:
    'Choose one that is not a common password and holds neither your name, your address nor the name of the service.',
  password_breached: 'Choose one that is used nowhere else.',
  registration_closed: 'Ask whoever runs the service for an invitation.',
  rate_limited: 'Wait for as many seconds as the header `Retry-After` says.',
  busy: 'Wait for as many seconds as the header `Retry-After` says, then repeat the request.',
  dependency_unavailable:
    'Wait for as many seconds as the header `Retry-After` says, then repeat the request. It may have taken effect; every operation bears being repeated.',
  misconfigured: 'Nothing a client can do. The log of the service names the setting.',
} as const satisfies Record<ErrorCode, string>
