import { Hono } from 'hono'
import type { SignedInEnv } from '../env.ts'
import { AuditQuery } from './admin-schemas.ts'
import { auditRecord } from './replies.ts'
import { valid } from './validate.ts'

/** `/api/admin`: the audit trail. */
export const auditTrail = new Hono<SignedInEnv>().get('/audit', valid('query', AuditQuery), async (c) => {
  const { user, actor, event, from, to, cursor, per_page, names } = c.req.valid('query')
  const { principal, visitor, services } = c.var
  const { entries, people, next, completeFrom } = await services.auditTrail.list(
    { adminId: principal.userId, visitor },
    {
      userId: user,
      actorId: actor,
      event,
      from,
      to,
      cursor,
      limit: per_page,
      named: names,
    },
  )
  return c.json({
    entries: entries.map(auditRecord),
    ...(names && { users: people.map(({ id, email, name }) => ({ id, email, name })) }),
    next_cursor: next ?? null,
    complete_from: completeFrom?.toISOString() ?? null,
  })
})
