import assert from 'node:assert/strict'
import { it } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { root } from '../../scripts/process.ts'

const issuer = 'http://localhost:8787'

it('the Worker of the benchmark that verifies elsewhere takes the type it is told, and no other', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const JWKS = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }] })
  const { default: verifier } = await import(`${root}/bench/workers/verifier.ts`)
  verifier.onError(() => new Response(null, { status: 401 }))
  const token = (typ: string) =>
    new SignJWT({ role: 'user' })
      .setProtectedHeader({ alg: 'ES256', typ, kid: 'one' })
      .setSubject('ada')
      .setIssuer(issuer)
      .setAudience(issuer)
      .setExpirationTime('5m')
      .sign(privateKey)
  const ask = async (typ: string, ACCESS_TOKEN_TYPE: string) => {
    const headers = { Authorization: `Bearer ${await token(typ)}` }
    return (await verifier.request('/', { headers }, { JWKS, ISSUER: issuer, ACCESS_TOKEN_TYPE })).status
  }

  for (const told of ['at+jwt', 'JWT'])
    for (const typ of ['at+jwt', 'JWT']) assert.equal(await ask(typ, told), typ === told ? 200 : 401, `${typ}, ${told}`)
})
