import { Hono } from 'hono'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'
import { isLoopback } from '../origins.ts'
import { FirstAdminBody, TransportQuery } from './auth-schemas.ts'
import { shielded } from './guards.ts'
import { sessionReply } from './replies.ts'
import { json, valid } from './validate.ts'

/** `/api/auth`: the first admin of a local run. */
export const firstAdmin = new Hono<AppEnv>().post(
  '/first-admin',
  shielded,
  valid('query', TransportQuery),
  json(FirstAdminBody),
  async (c) => {
    const { token, email, password, name = null } = c.req.valid('json')
    // With DNS rebinding, a foreign host name leads to this computer: a page at that name is not the developer's own.
    if (!isLoopback(new URL(c.req.url).hostname)) throw new AuthError('not_found')
    const tokens = await c.var.services.firstAdmin.make({ token, email, password, name }, c.var.visitor)
    c.set('userId', tokens.user.id)
    const { transport } = c.req.valid('query')
    return sessionReply(c, tokens, { transport })
  },
)
