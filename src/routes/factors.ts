import { type Context, Hono } from 'hono'
import { signalled } from '../domain/passkey-options.ts'
import { needsFactor } from '../domain/required-factors.ts'
import type { AppEnv, SignedInEnv } from '../env.ts'
import { TokenBody } from './auth-schemas.ts'
import { appEntry, factorsReply, signalReply } from './factor-replies.ts'
import { proofOf, shielded } from './guards.ts'
import { htmlOnly } from './navigation.ts'
import { linkPage } from './pages.ts'
import { message, namedByCookies, successorBody } from './replies.ts'
import { ConfirmTotpBody, FactorParam, ProofBody, RenameFactorBody } from './user-schemas.ts'
import { json, optionalJson, valid } from './validate.ts'

const givenIn = (c: Context<SignedInEnv>, { current_password }: { current_password?: string | undefined }) => ({
  password: current_password,
  proof: proofOf(c),
})

/** `/api/user`: one's own second factors. */
export const factors = new Hono<SignedInEnv>()
  .get('/factors', async (c) => {
    const { factors, settings } = c.var.services
    const held = await factors.read(c.var.principal.sid)
    const toSignal = settings.passkeys && signalled(held.user.id, held.passkeys, settings.passkeys.rpId)
    return c.json({
      ...factorsReply(held),
      required: needsFactor(held.user, settings),
      ...(toSignal && signalReply(toSignal)),
    })
  })
  .post('/factors/totp', async (c) => {
    const begun = await c.var.services.factors.startTotp(c.var.principal)
    return c.json({
      secret: begun.secret,
      otpauth_uri: begun.otpauthUri,
      enrolment: begun.enrolment,
      expires_in: begun.expiresIn,
    })
  })
  .post('/factors/totp/confirm', json(ConfirmTotpBody), async (c) => {
    const { enrolment, code, name = null, ...given } = c.req.valid('json')
    const { principal, visitor, services } = c.var
    const byCookies = namedByCookies(c)
    const asked = { enrolment, code, name }
    const { app, recoveryCodes, tokens } = await services.factors.confirmTotp(
      principal,
      asked,
      givenIn(c, given),
      visitor,
    )
    const added = { factor: appEntry(app), ...(recoveryCodes && { recovery_codes: recoveryCodes }) }
    const text = 'The authenticator app was added. Your other sessions have ended.'
    return c.json({ ...successorBody(c, tokens, text, byCookies), ...added }, 201)
  })
  .patch('/factors/totp/:id', valid('param', FactorParam), json(RenameFactorBody), async (c) => {
    const { principal, visitor, services } = c.var
    const { name } = c.req.valid('json')
    return c.json(appEntry(await services.factors.renameTotp(principal, c.req.valid('param').id, name, visitor)))
  })
  .delete('/factors/totp/:id', valid('param', FactorParam), optionalJson(ProofBody), async (c) => {
    const { principal, visitor, services } = c.var
    await services.factors.removeTotp(principal, c.req.valid('param').id, givenIn(c, c.req.valid('json')), visitor)
    return message(c, 'The authenticator app was removed. Your other sessions have ended.')
  })
  .post('/factors/recovery-codes', optionalJson(ProofBody), async (c) => {
    const { principal, visitor, services } = c.var
    const codes = await services.factors.replaceCodes(principal, givenIn(c, c.req.valid('json')), visitor)
    return c.json({ recovery_codes: codes })
  })

/** `/api/auth`: the link in the mail about a new factor. */
export const factorsByMail = new Hono<AppEnv>()
  .post('/remove-factor', shielded, json(TokenBody), async (c) => {
    await c.var.services.factors.removeByLink(c.req.valid('json').token, c.var.visitor)
    return message(c, 'That factor is removed, and all sessions have ended. Set a new password now.')
  })
  .get('/remove-factor', htmlOnly, linkPage('remove-factor'))
