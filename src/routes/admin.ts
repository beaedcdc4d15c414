import { type Context, Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import {
  AuditQuery,
  CreateUserBody,
  EditUserBody,
  RoleBody,
  StatusBody,
  UserParam,
  UsersQuery,
} from './admin-schemas.ts'
import { admin as adminsOnly, signedIn } from './guards.ts'
import { auditRecord, message, sessionEntry, userReply } from './replies.ts'
import { json, valid } from './validate.ts'
import { visitorOf } from './visitor.ts'

const reader = (c: Context<AppEnv>) => ({ adminId: c.var.principal.userId, visitor: visitorOf(c) })

/** `/api/admin`: for admins, by the role the database has at each request. */
export const admin = new Hono<AppEnv>()
  .use(signedIn, adminsOnly)
  .get('/users', valid('query', UsersQuery), async (c) => {
    const { page, per_page, cursor, search, role, status, email_verified, sort } = c.req.valid('query')
    const found = await c.var.services.userDirectory.list(reader(c), {
      search,
      filter: { role, status, verified: email_verified },
      sort: sort ?? '-created_at',
      limit: per_page,
      offset: (page - 1) * per_page,
      after: cursor,
    })
    return c.json({
      users: found.users.map((user) => userReply(c, user)),
      total: found.total,
      total_is_exact: found.totalIsExact,
      page,
      per_page,
      pages: Math.ceil(found.total / per_page),
      next_cursor: found.next ?? null,
    })
  })
  .post('/users', json(CreateUserBody), async (c) => {
    const { email, name = null, role } = c.req.valid('json')
    const user = await c.var.services.administration.create(c.var.principal, { email, name, role }, visitorOf(c))
    return c.json(userReply(c, user), 201)
  })
  .get('/users/:id', valid('param', UserParam), async (c) => {
    const { principal, services } = c.var
    return c.json(
      userReply(c, await services.userDirectory.read(principal.userId, c.req.valid('param').id, visitorOf(c))),
    )
  })
  .on(['PUT', 'PATCH'], '/users/:id', valid('param', UserParam), json(EditUserBody), async (c) => {
    const { email_verified, ...change } = c.req.valid('json')
    const { id } = c.req.valid('param')
    const { principal, services } = c.var
    const edit = { ...change, verified: email_verified }
    const { user, passwordDropped } = await services.administration.edit(principal, id, edit, visitorOf(c))
    return c.json({ ...userReply(c, user), password_dropped: passwordDropped })
  })
  .delete('/users/:id', valid('param', UserParam), async (c) => {
    await c.var.services.accountDeletion.removeOther(c.var.principal, c.req.valid('param').id, visitorOf(c))
    return message(c, 'The account and everything in it is gone.')
  })
  .put('/users/:id/role', valid('param', UserParam), json(RoleBody), async (c) => {
    const { principal, services } = c.var
    const { role } = c.req.valid('json')
    return c.json(
      userReply(c, await services.administration.setRole(principal, c.req.valid('param').id, role, visitorOf(c))),
    )
  })
  .put('/users/:id/status', valid('param', UserParam), json(StatusBody), async (c) => {
    const { principal, services } = c.var
    const { status } = c.req.valid('json')
    return c.json(
      userReply(c, await services.administration.setStatus(principal, c.req.valid('param').id, status, visitorOf(c))),
    )
  })
  .post('/users/:id/password-reset', valid('param', UserParam), async (c) => {
    const { principal, services } = c.var
    await services.administration.requestPasswordReset(principal, c.req.valid('param').id, visitorOf(c))
    return message(c, 'A link to set a new password is on its way to this user.')
  })
  .get('/users/:id/sessions', valid('param', UserParam), async (c) => {
    const { principal, services } = c.var
    const sessions = await services.userDirectory.sessionsOf(principal.userId, c.req.valid('param').id, visitorOf(c))
    return c.json({ sessions: sessions.map((session) => sessionEntry(session, principal.sid)) })
  })
  .delete('/users/:id/sessions', valid('param', UserParam), async (c) => {
    await c.var.services.administration.endSessions(c.var.principal, c.req.valid('param').id, visitorOf(c))
    return message(c, 'All sessions of this user have ended.')
  })
  .get('/stats', async (c) => {
    const s = await c.var.services.userDirectory.statistics()
    return c.json({
      total_users: s.users,
      verified_users: s.verified,
      unverified_users: s.unverified,
      admin_users: s.admins,
      disabled_users: s.disabled,
      active_sessions: s.sessions,
      recent_registrations: s.recentRegistrations,
      registrations: s.registrations,
      logins: s.logins,
    })
  })
  .get('/audit', valid('query', AuditQuery), async (c) => {
    const { user, actor, event, from, to, cursor, per_page } = c.req.valid('query')
    const { entries, next } = await c.var.services.auditTrail.list(reader(c), {
      userId: user,
      actorId: actor,
      event,
      from,
      to,
      cursor,
      limit: per_page,
    })
    return c.json({ entries: entries.map(auditRecord), next_cursor: next ?? null })
  })
