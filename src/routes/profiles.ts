import { Hono } from 'hono'
import type { SignedInEnv } from '../env.ts'
import { proofOf } from './guards.ts'
import { nearestReplica } from './replica-reads.ts'
import { userReply } from './replies.ts'
import { ProfileBody } from './user-schemas.ts'
import { json } from './validate.ts'

/** `/api/user`: one's own profile. */
export const profiles = new Hono<SignedInEnv>()
  .get('/profile', nearestReplica, async (c) => {
    const { sessions, accessTokens } = c.var.services
    const user = await sessions.read(c.var.principal.sid)
    // For a proxy that asks here before it admits a request (forward authentication).
    c.header('Gatehouse-User', accessTokens.subjectOf(user))
    c.header('Gatehouse-Role', user.role)
    return c.json(userReply(c, user))
  })
  .on(['PUT', 'PATCH'], '/profile', json(ProfileBody), async (c) => {
    const { current_password, ...change } = c.req.valid('json')
    const given = { password: current_password, proof: proofOf(c) }
    const user = await c.var.services.profiles.update(c.var.principal, change, given, c.var.visitor)
    return c.json(userReply(c, user))
  })
