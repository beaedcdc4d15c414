import { Hono } from 'hono'
import type { SignedInEnv } from '../env.ts'
import { proofOf } from './guards.ts'
import { message } from './replies.ts'
import { ProofBody } from './user-schemas.ts'
import { optionalJson } from './validate.ts'

/** `/api/user`: an account without a password. */
export const passwordRemovals = new Hono<SignedInEnv>().delete('/password', optionalJson(ProofBody), async (c) => {
  const { principal, visitor, services } = c.var
  const given = { password: c.req.valid('json').current_password, proof: proofOf(c) }
  await services.passwordRemovals.remove(principal, given, visitor)
  return message(c, 'Your account has no password now. Your other sessions have ended.')
})
