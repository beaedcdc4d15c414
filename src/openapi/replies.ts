import { deviceToken, sessionEntry, sessions, user } from './examples.ts'
import { json, type Reply } from './operation.ts'
import { MessageReply, PasswordSetReply, SessionReply, SessionsReply, User } from './reply-schemas.ts'

/** Replies that several operations share. */

export const done = (says: string, message: string, headers?: Reply['headers']): Reply => ({
  says,
  content: json(MessageReply, { done: { message } }),
  headers,
})

export const userReply = (says: string): Reply => ({ says, content: json(User, { user }) })

export const sessionsReply = (says: string): Reply => ({
  says,
  content: json(SessionsReply, { sessions: { sessions: [sessionEntry] } }),
})

export const tokensReply = (says: string): Reply => ({
  says,
  content: json(SessionReply, { both: sessions.both, cookie: sessions.cookie }),
  headers: {
    'Set-Cookie': 'The cookies `token` and `refresh_token`, and at log-in `device`, unless `transport=body`.',
  },
})

/** The device cookie in the reply to a new password. */
export const deviceCookie = {
  'Set-Cookie':
    'The cookie `device`, as at log-in: a later log-in sends it back. It grants no access. There is no such cookie under `TOKEN_TRANSPORT=body`.',
}

export const passwordSet = (message: string): Reply => ({
  says: 'Changed.',
  content: json(PasswordSetReply, { both: { message, device_token: deviceToken }, cookie: { message } }),
  headers: deviceCookie,
})

export const registeredCookie = {
  'Set-Cookie':
    'The cookie `registered`, whether or not the address was known. In the browser that has it, the mailed link is enough to verify the address. It grants no access. There is no such cookie under `TOKEN_TRANSPORT=body`.',
}

export const expiredCookies = { 'Set-Cookie': '`token` and `refresh_token`, expired.' }

/** The reply to a GET that acts, if it did nothing. */
export const noPrefetch: Reply = {
  says: 'Nothing was done: the request was a `HEAD` or a prefetch (`Sec-Purpose` or `Purpose: prefetch`).',
}
