import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { sessionShielded } from './guards.ts'
import { exportReply } from './replies.ts'
import { visitorOf } from './visitor.ts'

/** `/api/user`: taking along what is held. */
export const dataExport = new Hono<AppEnv>().get('/export', sessionShielded, async (c) => {
  const { principal, services } = c.var
  const holdings = await services.dataExport.holdings(principal, visitorOf(c))
  c.header('Content-Disposition', 'attachment; filename="account.json"')
  return c.json(exportReply(c, holdings))
})
