import { env as bindings } from 'cloudflare:workers'
import { betterAuth } from 'better-auth'
import { Hono } from 'hono'
import type { PeerEnv } from './better-auth-options.ts'

/** The smallest possible Better Auth: e-mail and password, no plugin. Only its size and its start are measured. */
const env = bindings as unknown as PeerEnv
const auth = betterAuth({
  secret: env.BETTER_AUTH_SECRET,
  baseURL: env.BETTER_AUTH_URL,
  database: env.DB,
  emailAndPassword: { enabled: true },
})

export default new Hono().all('/api/auth/*', (c) => auth.handler(c.req.raw))
