import { waitUntil } from 'cloudflare:workers'
import { betterAuth } from 'better-auth'
import { Hono } from 'hono'
import { everythingOptions } from './better-auth-everything-options.ts'
import type { PeerEnv } from './better-auth-options.ts'
import { counting } from './counting.ts'

export default counting<PeerEnv>((env) => {
  const auth = betterAuth({ ...everythingOptions(env, waitUntil), database: env.DB })
  return new Hono<{ Bindings: PeerEnv }>().all('/api/auth/*', (c) => auth.handler(c.req.raw))
})
