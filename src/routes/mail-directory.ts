import { Hono } from 'hono'
import { stateOf } from '../domain/mail-directory.ts'
import type { SignedInEnv } from '../env.ts'
import { IdParam, MailsQuery } from './admin-schemas.ts'
import { message } from './replies.ts'
import { valid } from './validate.ts'

/** `/api/admin`: the mails of the service. */
export const mailDirectory = new Hono<SignedInEnv>()
  .get('/mails', valid('query', MailsQuery), async (c) => {
    const { state, user, cursor, per_page } = c.req.valid('query')
    const { principal, visitor, services } = c.var
    const found = await services.mailDirectory.list(
      { adminId: principal.userId, visitor },
      { state, userId: user, cursor, limit: per_page },
    )
    return c.json({
      mails: found.mails.map((mail) => ({
        id: mail.id,
        user_id: mail.userId,
        kind: mail.kind,
        email: mail.address,
        state: stateOf(mail),
        created_at: mail.createdAt.toISOString(),
        sent_at: mail.sentAt?.toISOString() ?? null,
        attempts: mail.attempts,
        next_attempt_at: mail.nextAttemptAt?.toISOString() ?? null,
        error: mail.sentAt ? null : mail.lastError,
      })),
      failed: found.failed,
      waiting: found.waiting,
      next_cursor: found.next ?? null,
    })
  })
  .post('/mails/:id/retry', valid('param', IdParam), async (c) => {
    await c.var.services.mailDirectory.retry(c.var.principal, c.req.valid('param').id, c.var.visitor)
    return message(c, 'The mail is on its way again.')
  })
