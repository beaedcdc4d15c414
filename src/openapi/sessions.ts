import {
  LoginBody,
  LoginForm,
  LogoutBody,
  ReauthenticateBody,
  RefreshBody,
  RefreshForm,
  TransportQuery,
} from '../routes/session-schemas.ts'
import { email, password, refreshToken } from './examples.ts'
import { form, type Group, json } from './operation.ts'
import { done, expiredCookies, notMeant, tokensReply } from './replies.ts'

export const sessions: Group = {
  tag: 'Sessions',
  description: 'Getting in, staying in, getting out.',
  operations: {
    'POST /api/auth/login': {
      id: 'logIn',
      summary: 'Log in',
      description:
        "Takes `email` (or `username`) and `password` as JSON, or OAuth 2.0's password form. Starts a session and gives an access token, a refresh token and the user; the tokens also come as HttpOnly cookies, by `transport`. With them comes the cookie `device`, which a later log-in sends back, and for clients without cookies `device_token`, sent back as the header `Gatehouse-Device` (which counts where both come): wrong passwords of strangers then count nothing against this device. A session that the caller's cookies named ends. Unknown address, wrong password, disabled and unverified account all get the one `invalid_credentials`; after a right password on an unverified account a new link is mailed. `remember: false` is for a computer of others: the cookies have no age, so that a browser drops them when it closes, and the session ends after 12 hours without a refresh; both stay so through every refresh.",
      query: TransportQuery,
      device: true,
      body: {
        ...json(LoginBody, {
          email: { email, password },
          username: { username: email, password },
          shared: { email, password, remember: false },
        }),
        ...form(LoginForm, { oauth2: { grant_type: 'password', username: email, password } }),
      },
      replies: { 200: tokensReply('Logged in.') },
      refusals: ['unsupported_grant_type', 'wrong_password_grant', 'invalid_credentials', 'rate_limited', 'busy'],
    },
    'POST /api/auth/refresh': {
      id: 'refresh',
      summary: 'Refresh the session',
      description:
        'Takes a refresh token from the body (JSON, or the form of OAuth 2.0) or from the cookie (the body wins) and gives the next one with a fresh access token. A refresh token is good for one refresh. Sent again within 30 seconds, as a retry or a second tab does, it gets the same successor. Sent again within 10 minutes by the device of the session (the cookie `device`, or the header `Gatehouse-Device`), while nobody has used that successor, it gets another, which makes the first void. Otherwise it counts as stolen: the session ends and its owner is told by mail. A token that came by cookie leaves by cookie only. On 401 the cookie `token` is expired; `refresh_token` stays, for it may be that of another log-in by then.',
      query: TransportQuery,
      device: true,
      body: {
        ...json(RefreshBody, { body: { refresh_token: refreshToken }, cookie: {} }),
        ...form(RefreshForm, { oauth2: { grant_type: 'refresh_token', refresh_token: refreshToken } }),
      },
      bodyOptional: true,
      replies: { 200: tokensReply('The next tokens.') },
      refusals: ['unsupported_grant_type', 'ended_refresh_grant', 'invalid_token', 'rate_limited'],
    },
    'POST /api/auth/logout': {
      id: 'logOut',
      summary: 'Log out',
      description:
        'Ends every session that the refresh token in the body, the access token in `Authorization`, or a cookie names, at once: its access token stops working here too. An access token that has expired still names its session. Answers the same when there was nothing to end, and always expires the cookies.',
      access: 'optional',
      body: json(LogoutBody, { token: { refresh_token: refreshToken }, nothing: {} }),
      bodyOptional: true,
      replies: { 200: done('Logged out.', 'You are logged out.', expiredCookies) },
    },
    'GET /api/auth/logout': {
      id: 'logOutByGet',
      summary: 'Log out by a link',
      description:
        'The same for clients that can only follow a link. Refused when another site sends the browser here (`Sec-Fetch-Site: cross-site`).',
      access: 'optional',
      replies: {
        200: done('Logged out.', 'You are logged out.', expiredCookies),
        204: notMeant,
      },
      refusals: ['cross_site', 'validation_failed'],
    },
    'POST /api/auth/reauthenticate': {
      id: 'reauthenticate',
      summary: 'Give the password again',
      description:
        'Takes the password of the signed-in user and gives the next tokens of the same session with a new `auth_time`. The access token is fresh (claim `fresh`): operations that ask for a recent log-in accept it, and no refresh hands that on. `proof` is for one request that asks for full proof, in the header `Gatehouse-Proof`, within a minute. A wrong password counts against the account as one at log-in does, and too many end the session. Signed in by cookie, the refresh token leaves by cookie only.',
      access: 'user',
      query: TransportQuery,
      body: json(ReauthenticateBody, { password: { password } }),
      replies: { 200: tokensReply('The next tokens.') },
      refusals: ['wrong_password', 'rate_limited', 'busy'],
    },
  },
}
