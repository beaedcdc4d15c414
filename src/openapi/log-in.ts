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
  },
}
