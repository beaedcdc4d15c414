import { LoginBody, LoginForm, TransportQuery } from '../routes/auth-schemas.ts'
import { email, password } from './examples.ts'
import { form, type Group, json } from './operation.ts'
import { tokensReply } from './replies.ts'

export const logIn: Group = {
  tag: 'Sessions',
  operations: {
    'POST /api/auth/login': {
      id: 'logIn',
      summary: 'Log in',
      description:
        "Takes `email` (or `username`) and `password` as JSON, or OAuth 2.0's password form. Starts a session and returns an access token, a refresh token and the user. `transport` chooses whether the tokens come in the body, as HttpOnly cookies, or both (within TOKEN_TRANSPORT). The cookie `device` comes with them and is sent back with a later log-in; clients without cookies get `device_token` and send it as the header `Gatehouse-Device`, which wins if both are sent. Strangers' wrong passwords then do not count against this device. If the caller's cookies name another session of the same user, that session ends. An unknown address, a wrong password, a disabled and an unverified account all get the same `invalid_credentials`; after a right password on an unverified account a new link is mailed. `remember: false` is for a shared computer: the cookies have no `Max-Age`, so that a browser drops them when it closes, and the session ends after 12 hours without a refresh. A refresh changes neither. If the account has a second factor, a right password gets `second_factor_required` with a `challenge` for `POST /api/auth/login/code`; a client that asks for the code at once sends it as `otp` instead, in JSON or in the form: the code of the authenticator app, or a recovery code. After a log-in with a second factor and `trust_device: true`, the later log-ins on this device need the password alone for `TRUSTED_DEVICE_DAYS`: the reply has the cookie `trust`, or for clients without cookies `trust_token`, which they send as the header `Gatehouse-Trust`. The sessions of these log-ins have one factor (`acr` is `aal1`, and the reply has no `proof`). A device is not trusted if the user is an admin, if a recovery code was used, or with `remember: false`. If the account must have a second factor and has none, a right password gets `enrolment_required`, with a `challenge` for `POST /api/auth/login/enrol/mail`.",
      query: TransportQuery,
      device: true,
      trust: true,
      body: {
        ...json(LoginBody, {
          email: { email, password },
          username: { username: email, password },
          shared: { email, password, remember: false },
          otp: { email, password, otp: '123456' },
        }),
        ...form(LoginForm, { oauth2: { grant_type: 'password', username: email, password } }),
      },
      replies: { 200: tokensReply('Logged in.') },
      refusals: [
        'unsupported_grant_type',
        'wrong_password_grant',
        'invalid_credentials',
        'second_factor_required',
        'enrolment_required',
        'wrong_code',
        'wrong_code_grant',
        'rate_limited',
        'busy',
        'migration_unavailable',
      ],
    },
  },
}
