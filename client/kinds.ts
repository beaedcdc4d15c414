import { among } from './operations.ts'
import type { Outgoing } from './requests.ts'

/** What the client itself must know about some operations. */

export const isLogIn = among(
  'POST /api/auth/login',
  'POST /api/auth/login/code',
  'POST /api/auth/login/mail/code',
  'POST /api/auth/login/mail/link',
  'POST /api/auth/login/passkey',
)
/** Whether the reply has a challenge, which travels as tokens do: in the body, or as a cookie. */
const asksForMail = among('POST /api/auth/login/mail')
export const isLogOut = among('POST /api/auth/logout', 'GET /api/auth/logout')
export const changesPassword = among('POST /api/user/change-password', 'PUT /api/user/change-password')
const refreshes = among('POST /api/auth/refresh', 'POST /api/auth/reauthenticate')
export const takesTransport = (request: Outgoing) => isLogIn(request) || refreshes(request) || asksForMail(request)
/** Whether the session goes on with new tokens, because a factor was added. */
const addsFactor = among('POST /api/user/factors/totp/confirm', 'POST /api/user/passkeys')
/** Whether the reply has the next tokens of the session. */
export const givesTokens = (request: Outgoing) =>
  isLogIn(request) || refreshes(request) || changesPassword(request) || addsFactor(request)
export const resetsPassword = among('POST /api/auth/reset-password')
/** Whether the operation distinguishes known devices. */
export const asksDevice = (request: Outgoing) =>
  takesTransport(request) || resetsPassword(request) || changesPassword(request)
export const deletesAccount = among('DELETE /api/user/account', 'DELETE /api/user/profile')
export const saysWho = among('GET /api/user/profile')
/** Whether a 401 is about the body and not about the session. */
export const speaksOfBody = (request: Outgoing) =>
  isLogIn(request) || isLogOut(request) || among('POST /api/auth/refresh')(request)
/** Whether the operation acts on the signed-in user. */
export const isOwn = ({ path }: Outgoing) => /^\/api\/(?:user|admin)\/|^\/api\/auth\/reauthenticate\b/.test(path)
export const acts = (request: Outgoing) => isOwn(request) && request.method !== 'GET'
