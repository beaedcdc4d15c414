import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import { RegisterBody } from './auth-schemas.ts'
import { shielded } from './guards.ts'
import { keepRegistration, userReply } from './replies.ts'
import { json } from './validate.ts'

/** `/api/auth`: registration. */
export const registration = new Hono<AppEnv>().post('/register', shielded, json(RegisterBody), async (c) => {
  const { email, password, name = null, phone = null, locale = null } = c.req.valid('json')
  const { registration, settings } = c.var.services
  const { user, registered } = await registration.register({ email, password, name, phone, locale }, c.var.visitor)
  keepRegistration(c, registered)
  if (!settings.verificationRequired) return c.json(userReply(c, user), 201)
  return c.json({ message: 'Follow the link in the mail we sent, then log in.', email: email.address }, 201)
})
