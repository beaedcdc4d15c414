import { Hono } from 'hono'
import type { SignedInEnv } from '../env.ts'
import { ArchiveQuery } from './admin-schemas.ts'
import { valid } from './validate.ts'

/** `/api/admin`: the archive of the audit trail. */
export const auditArchive = new Hono<SignedInEnv>().get('/audit/archive', valid('query', ArchiveQuery), async (c) => {
  const { cursor, per_page } = c.req.valid('query')
  const { days, next } = await c.var.services.auditArchive.days({ before: cursor, limit: per_page })
  return c.json({
    days: days.map(({ manifest, ...day }) => ({ ...day, complete: manifest !== null })),
    next_cursor: next ?? null,
  })
})
