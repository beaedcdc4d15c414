import { Hono } from 'hono'
import { createFactory } from 'hono/factory'
import type { AppEnv, SignedInEnv } from '../env.ts'
import { TokenBody } from './auth-schemas.ts'
import { expireCookies } from './cookies.ts'
import { proofOf, shielded } from './guards.ts'
import { htmlOnly } from './navigation.ts'
import { linkPage } from './pages.ts'
import { message } from './replies.ts'
import { DeleteAccountBody } from './user-schemas.ts'
import { json, optionalJson } from './validate.ts'

const gone = 'Your account and everything in it was deleted.'

const scheduled =
  'Your account is disabled and will be erased later. Until then the link that we mailed you restores it. With your password in the request it would be deleted at once.'

/** Also available at the profile's path, as in older layouts. */
const removeAccount = createFactory<SignedInEnv>().createHandlers(optionalJson(DeleteAccountBody), async (c) => {
  const given = { password: c.req.valid('json').current_password, proof: proofOf(c) }
  const erasesAt = await c.var.services.accountDeletion.removeOwn(c.var.principal, given, c.var.visitor)
  expireCookies(c)
  const text = erasesAt ? scheduled : gone
  return c.json({ message: text, ...(erasesAt && { erases_at: erasesAt.toISOString() }) })
})

/** `/api/user`: deletion of one's own account. */
export const accountDeletion = new Hono<SignedInEnv>()
  .delete('/account', ...removeAccount)
  .delete('/profile', ...removeAccount)

/** `/api/auth`: the link in the mail about a scheduled deletion. */
export const accountDeletionByMail = new Hono<AppEnv>()
  .post('/undo-deletion', shielded, json(TokenBody), async (c) => {
    await c.var.services.accountDeletion.undo(c.req.valid('json').token, c.var.visitor)
    return message(c, 'Your account is kept. Log in. If somebody else requested the deletion, set a new password.')
  })
  .get('/undo-deletion', htmlOnly, linkPage('undo-deletion'))
