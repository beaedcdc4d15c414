import { Hono } from 'hono'
import { createLocalJWKSet, jwtVerify } from 'jose'

type Verifier = { Bindings: { JWKS: string; ISSUER: string; ACCESS_TOKEN_TYPE: string } }

let keys: ReturnType<typeof createLocalJWKSet> | undefined

/**
 * Another service that verifies Gatehouse's access tokens by its published keys, as docs/guides/verify-tokens.md
 * describes.
 */
export default new Hono<Verifier>().get('/', async (c) => {
  keys ??= createLocalJWKSet(JSON.parse(c.env.JWKS))
  const token = c.req.header('Authorization')?.slice('Bearer '.length) ?? ''
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ['ES256'],
    typ: c.env.ACCESS_TOKEN_TYPE,
    issuer: c.env.ISSUER,
    audience: c.env.ISSUER,
  })
  return c.json({ user: payload.sub, role: payload.role })
})
