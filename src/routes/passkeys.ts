import { Hono } from 'hono'
import type { SignedInEnv } from '../env.ts'
import { newCredential, passkeyEntry, signalReply } from './factor-replies.ts'
import { proofOf } from './guards.ts'
import { namedByCookies, successorBody } from './replies.ts'
import { AddPasskeyBody, FactorParam, PasskeyOptionsBody, ProofBody, RenamePasskeyBody } from './user-schemas.ts'
import { json, optionalJson, valid } from './validate.ts'

/** `/api/user`: one's own passkeys. */
export const passkeys = new Hono<SignedInEnv>()
  .post('/passkeys/options', optionalJson(PasskeyOptionsBody), async (c) => {
    const { security_key = false } = c.req.valid('json')
    const { publicKey, expiresIn } = await c.var.services.passkeys.options(c.var.principal, security_key)
    return c.json({ public_key: publicKey, expires_in: expiresIn })
  })
  .post('/passkeys', json(AddPasskeyBody), async (c) => {
    const { credential, name, current_password } = c.req.valid('json')
    const { principal, visitor, services } = c.var
    const byCookies = namedByCookies(c)
    const { passkey, recoveryCodes, tokens, signalled } = await services.passkeys.add(
      principal,
      { credential: newCredential(credential), name: name ?? undefined },
      { password: current_password, proof: proofOf(c) },
      visitor,
    )
    const text = 'The passkey was added. Your other sessions have ended.'
    const added = { passkey: passkeyEntry(passkey), ...(recoveryCodes && { recovery_codes: recoveryCodes }) }
    return c.json({ ...successorBody(c, tokens, text, byCookies), ...added, ...signalReply(signalled) }, 201)
  })
  .patch('/passkeys/:id', valid('param', FactorParam), json(RenamePasskeyBody), async (c) => {
    const { principal, visitor, services } = c.var
    const { name } = c.req.valid('json')
    return c.json(passkeyEntry(await services.passkeys.rename(principal, c.req.valid('param').id, name, visitor)))
  })
  .delete('/passkeys/:id', valid('param', FactorParam), optionalJson(ProofBody), async (c) => {
    const { principal, visitor, services } = c.var
    const given = { password: c.req.valid('json').current_password, proof: proofOf(c) }
    const left = await services.passkeys.remove(principal, c.req.valid('param').id, given, visitor)
    const text = 'The passkey was removed. Your other sessions have ended.'
    return c.json({ message: text, ...(left && signalReply(left)) })
  })
