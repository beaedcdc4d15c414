import { Hono } from 'hono'
import type { AppEnv, SignedInEnv } from '../env.ts'
import { TokenBody } from './auth-schemas.ts'
import { expireCookies } from './cookies.ts'
import { shielded } from './guards.ts'
import { htmlOnly } from './navigation.ts'
import { linkPage } from './pages.ts'
import { nearestReplica } from './replica-reads.ts'
import { message, sessionEntry } from './replies.ts'
import { SessionParam } from './user-schemas.ts'
import { json, valid } from './validate.ts'

/** `/api/user`: one's own sessions. */
export const ownSessions = new Hono<SignedInEnv>()
  .get('/sessions', nearestReplica, async (c) => {
    const { principal, services } = c.var
    const sessions = await services.ownSessions.list(principal.sid)
    return c.json({ sessions: sessions.map((session) => sessionEntry(c, session, principal.sid)) })
  })
  .delete('/sessions', async (c) => {
    await c.var.services.ownSessions.endOthers(c.var.principal.sid, c.var.visitor)
    return message(c, 'All other sessions have ended.')
  })
  .delete('/sessions/:id', valid('param', SessionParam), async (c) => {
    const { id } = c.req.valid('param')
    await c.var.services.ownSessions.endOne(c.var.principal.sid, id, c.var.visitor)
    if (id === c.var.principal.sid) expireCookies(c)
    return message(c, 'This session has ended.')
  })

/** `/api/auth`: the link in the mail about a new device. */
export const ownSessionsByMail = new Hono<AppEnv>()
  .post('/end-session', shielded, json(TokenBody), async (c) => {
    await c.var.services.ownSessions.endByLink(c.req.valid('json').token, c.var.visitor)
    return message(c, 'That session has ended. If it was not yours, set a new password now.')
  })
  .get('/end-session', htmlOnly, linkPage('end-session'))
