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
    const { sessions, accessTokens } = c.get('services')
    const user = await sessions.read(c.get('principal').sid)
    // For a proxy that asks here before it admits a request (forward authentication).
    c.header('Gatehouse-User', accessTokens.subjectOf(user))
    c.header('Gatehouse-Role', user.role)
    return c.json(userReply(c, user))
  })
  .on(['PUT', 'PATCH'], '/profile', json(ProfileBody), async (c) => {
    const { current_password, ...change } = c.req.valid('json')
    const given = { password: current_password, proof: proofOf(c) }
    const user = await c.get('services').profiles.update(c.get('principal'), change, given, c.get('visitor'))
    return c.json(userReply(c, user))
  })
