import { Hono } from 'hono'
import type { SignedInEnv } from '../env.ts'
import { CreateUserBody, EditUserBody, IdParam, RoleBody, StatusBody, UserFactorParam } from './admin-schemas.ts'
import { message, userReply } from './replies.ts'
import { json, valid } from './validate.ts'

/** `/api/admin`: changes to users. */
export const administration = new Hono<SignedInEnv>()
  .post('/users', json(CreateUserBody), async (c) => {
    const {
      email,
      name = null,
      role,
      locale = null,
      external_id: externalId = null,
      metadata = null,
    } = c.req.valid('json')
    const invited = { email, name, role, locale, externalId, metadata }
    const user = await c.var.services.administration.create(c.var.principal, invited, c.var.visitor)
    return c.json(userReply(c, user), 201)
  })
  .on(['PUT', 'PATCH'], '/users/:id', valid('param', IdParam), json(EditUserBody), async (c) => {
    const { email_verified, mfa_required, external_id, ...change } = c.req.valid('json')
    const { id } = c.req.valid('param')
    const { principal, visitor, services } = c.var
    const edit = { ...change, verified: email_verified, mfaRequired: mfa_required, externalId: external_id }
    const { user, passwordDropped } = await services.administration.edit(principal, id, edit, visitor)
    return c.json({ ...userReply(c, user), password_dropped: passwordDropped })
  })
  .delete('/users/:id', valid('param', IdParam), async (c) => {
    await c.var.services.accountDeletion.removeOther(c.var.principal, c.req.valid('param').id, c.var.visitor)
    return message(c, 'The account and everything in it was deleted.')
  })
  .put('/users/:id/role', valid('param', IdParam), json(RoleBody), async (c) => {
    const { principal, visitor, services } = c.var
    const { role } = c.req.valid('json')
    return c.json(
      userReply(c, await services.administration.setRole(principal, c.req.valid('param').id, role, visitor)),
    )
  })
  .put('/users/:id/status', valid('param', IdParam), json(StatusBody), async (c) => {
    const { principal, visitor, services } = c.var
    const { status } = c.req.valid('json')
    return c.json(
      userReply(c, await services.administration.setStatus(principal, c.req.valid('param').id, status, visitor)),
    )
  })
  .post('/users/:id/password-reset', valid('param', IdParam), async (c) => {
    const { principal, visitor, services } = c.var
    await services.administration.requestPasswordReset(principal, c.req.valid('param').id, visitor)
    return message(c, 'A link to set a new password is on its way to this user.')
  })
  .delete('/users/:id/factors', valid('param', IdParam), async (c) => {
    await c.var.services.factorRemovals.removeAll(c.var.principal, c.req.valid('param').id, c.var.visitor)
    return message(c, 'This user has no second factor any more.')
  })
  .delete('/users/:id/factors/:factor', valid('param', UserFactorParam), async (c) => {
    const { id, factor } = c.req.valid('param')
    await c.var.services.factorRemovals.removeOne(c.var.principal, id, factor, c.var.visitor)
    return message(c, 'This factor of the user was removed.')
  })
  .delete('/users/:id/sessions', valid('param', IdParam), async (c) => {
    await c.var.services.administration.endSessions(c.var.principal, c.req.valid('param').id, c.var.visitor)
    return message(c, 'All sessions of this user have ended.')
  })
