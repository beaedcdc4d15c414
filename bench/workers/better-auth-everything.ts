import { env as bindings, waitUntil } from 'cloudflare:workers'
import { betterAuth } from 'better-auth'
import { Hono } from 'hono'
import { everythingOptions } from './better-auth-everything-options.ts'
import type { PeerEnv } from './better-auth-options.ts'

const env = bindings as unknown as PeerEnv
const auth = betterAuth({ ...everythingOptions(env, waitUntil), database: env.DB })

export default new Hono().all('/api/auth/*', (c) => auth.handler(c.req.raw))
