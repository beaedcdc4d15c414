import { Hono } from 'hono'
import type { SignedInEnv } from '../env.ts'
import { sessionShielded } from './guards.ts'
import { exportReply } from './replies.ts'

/** `/api/user`: export of all data held on the user. */
export const dataExport = new Hono<SignedInEnv>().get('/export', sessionShielded, async (c) => {
  const { principal, visitor, services } = c.var
  const holdings = await services.dataExport.holdings(principal, visitor)
  c.header('Content-Disposition', 'attachment; filename="account.json"')
  return c.json(exportReply(c, holdings))
})
