import { LogoutBody, RefreshBody, RefreshForm, TransportQuery } from '../routes/auth-schemas.ts'
import { refreshToken } from './examples.ts'
import { form, type Group, json } from './operation.ts'
import { done, expiredCookies, noPrefetch, tokensReply } from './replies.ts'

export const sessions: Group = {
  tag: 'Sessions',
  operations: {
    'POST /api/auth/refresh': {
      id: 'refresh',
      summary: 'Refresh the session',
      description:
        "Takes a refresh token from the body (JSON, or the form of OAuth 2.0) or from the cookie (the body wins) and returns the next one with a new access token (rotation). A refresh token is valid for one refresh. Sent again within 30 seconds, as by a retry or a second tab, it gets the same successor. Sent again within 10 minutes by the session's own device (the cookie `device`, or the header `Gatehouse-Device`), while nobody has used that successor, it gets another one, which voids the first. Any other reuse counts as theft: the session ends and its owner is informed by mail. If the token came by cookie, its successor is sent by cookie only. On 401 the cookie `token` is deleted; `refresh_token` stays, because it may belong to another log-in by then.",
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
        'Ends every session named by the refresh token in the body, the access token in `Authorization`, or a cookie, at once: their access tokens stop working here too. An expired access token still names its session. Answers the same if there was nothing to end, and always expires the cookies.',
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
        204: noPrefetch,
      },
      refusals: ['cross_site', 'validation_failed'],
    },
  },
}
