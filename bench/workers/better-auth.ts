import { env as bindings, waitUntil } from 'cloudflare:workers'
import { betterAuth } from 'better-auth'
import { Hono } from 'hono'
import { type PeerEnv, peerOptions } from './better-auth-options.ts'

/**
 * Created once per isolate, as its documentation recommends; an instance per request would read the schema again each
 * time.
 */
const env = bindings as unknown as PeerEnv
const auth = betterAuth({ ...peerOptions(env, waitUntil), database: env.DB })

export default new Hono().all('/api/auth/*', (c) => auth.handler(c.req.raw))
