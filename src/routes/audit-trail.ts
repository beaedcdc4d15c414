import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { AuditQuery } from './admin-schemas.ts'
import { auditRecord } from './replies.ts'
import { valid } from './validate.ts'
import { visitorOf } from './visitor.ts'

/** `/api/admin`: what happened. */
export const auditTrail = new Hono<AppEnv>().get('/audit', valid('query', AuditQuery), async (c) => {
  const { user, actor, event, from, to, cursor, per_page } = c.req.valid('query')
  const { entries, next } = await c.var.services.auditTrail.list(
    { adminId: c.var.principal.userId, visitor: visitorOf(c) },
    {
      userId: user,
      actorId: actor,
      event,
      from,
      to,
      cursor,
      limit: per_page,
    },
  )
  return c.json({ entries: entries.map(auditRecord), next_cursor: next ?? null })
})
