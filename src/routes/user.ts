import { Hono } from 'hono'
import { createFactory } from 'hono/factory'
import type { AppEnv } from '../env.ts'
import { avatar } from './avatars.ts'
import { expireCookies } from './cookies.ts'
import { isUnsafe } from './csrf.ts'
import { proofOf, sessionShielded, signedIn } from './guards.ts'
import {
  deviceOf,
  exportReply,
  keepDevice,
  keptInBody,
  message,
  namedByCookies,
  sessionEntry,
  successorReply,
  userReply,
} from './replies.ts'
import { ChangePasswordBody, DeleteAccountBody, ProfileBody, SessionParam } from './schemas.ts'
import { json, optionalJson, valid } from './validate.ts'
import { visitorOf } from './visitor.ts'

const gone = 'Your account and everything in it is gone.'

const scheduled =
  'Your account is disabled now, and erased later. Until then the link in the mail we sent undoes this. With your password in the request the account would be gone at once.'

/** Also by the profile's address, as the older layouts have it. */
const removeAccount = createFactory<AppEnv>().createHandlers(optionalJson(DeleteAccountBody), async (c) => {
  const given = { password: c.req.valid('json').current_password, proof: proofOf(c) }
  const erasesAt = await c.var.services.accountDeletion.removeOwn(c.var.principal, given, visitorOf(c))
  expireCookies(c)
  const text = erasesAt ? scheduled : gone
  return c.json({ message: text, ...(erasesAt && { erases_at: erasesAt.toISOString() }) })
})

/** `/api/user`: what people do with their own account. */
export const user = new Hono<AppEnv>()
  .use(signedIn, (c, next) => (isUnsafe(c) ? sessionShielded(c, next) : next()))
  .route('/', avatar)
  .get('/profile', async (c) => {
    const user = await c.var.services.sessions.read(c.var.principal.sid)
    // For a proxy that asks here before it lets a request pass (forward authentication).
    c.header('Gatehouse-User', user.id)
    c.header('Gatehouse-Role', user.role)
    return c.json(userReply(c, user))
  })
  .on(['PUT', 'PATCH'], '/profile', json(ProfileBody), async (c) => {
    const { current_password, ...change } = c.req.valid('json')
    const given = { password: current_password, proof: proofOf(c) }
    const user = await c.var.services.profiles.update(c.var.principal, change, given, visitorOf(c))
    return c.json(userReply(c, user))
  })
  .on(['POST', 'PUT'], '/change-password', json(ChangePasswordBody), async (c) => {
    const { current_password: current, new_password: newPassword } = c.req.valid('json')
    const { principal, via, services } = c.var
    const input = { principal, current, newPassword, device: deviceOf(c) }
    const byCookies = namedByCookies(c)
    const { tokens, device, wasKnown } = await services.passwordChanges.changePassword(input, visitorOf(c))
    if (wasKnown || via === 'cookie') keepDevice(c, device, tokens)
    const kept = via === 'cookie' ? {} : keptInBody(c, device)
    return successorReply(c, tokens, 'The new password holds. Your other sessions have ended.', { byCookies, ...kept })
  })
  .delete('/account', ...removeAccount)
  .delete('/profile', ...removeAccount)
  .get('/sessions', async (c) => {
    const { principal, services } = c.var
    const sessions = await services.ownSessions.list(principal.sid)
    return c.json({ sessions: sessions.map((session) => sessionEntry(session, principal.sid)) })
  })
  .delete('/sessions', async (c) => {
    await c.var.services.ownSessions.endOthers(c.var.principal.sid, visitorOf(c))
    return message(c, 'All other sessions have ended.')
  })
  .delete('/sessions/:id', valid('param', SessionParam), async (c) => {
    const { id } = c.req.valid('param')
    await c.var.services.ownSessions.endOne(c.var.principal.sid, id, visitorOf(c))
    if (id === c.var.principal.sid) expireCookies(c)
    return message(c, 'This session has ended.')
  })
  .get('/export', sessionShielded, async (c) => {
    const { principal, services } = c.var
    const holdings = await services.dataExport.holdings(principal, visitorOf(c))
    c.header('Content-Disposition', 'attachment; filename="account.json"')
    return c.json(exportReply(c, holdings))
  })
