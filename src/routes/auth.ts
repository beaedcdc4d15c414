import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { AuthError } from '../domain/errors.ts'
import type { AppEnv } from '../env.ts'
import { accountDeletionByMail } from './account-deletion.ts'
import { isUnsafe } from './csrf.ts'
import { emailChanges } from './email-changes.ts'
import { factorRecovery } from './factor-recovery.ts'
import { factorsByMail } from './factors.ts'
import { firstAdmin } from './first-admin.ts'
import { logIn } from './log-in.ts'
import { logInCodes } from './log-in-codes.ts'
import { logInEnrolments } from './log-in-enrolments.ts'
import { mailLogIns } from './mail-log-ins.ts'
import { ownSessionsByMail } from './own-sessions.ts'
import { passkeyLogIns } from './passkey-log-ins.ts'
import { passwordChangesByMail } from './password-changes.ts'
import { reauthentication } from './reauthentication.ts'
import { registration } from './registration.ts'
import { sessions } from './sessions.ts'
import { verification } from './verification.ts'
import { wayBack } from './way-back.ts'

const secrets = [
  ...['password', 'new_password', 'newPassword', 'token', 'refresh_token', 'refreshToken'],
  ...['otp', 'code', 'recovery_code', 'mail_code', 'challenge'],
]

const detail = 'Send it in the body: URLs are kept in logs and histories.'

/**
 * Refuses secrets in the query of a request that changes something, where older services took them. The exception is
 * the GET that verifies an address: it acts on the token in its query.
 */
const secretsInBody = createMiddleware<AppEnv>(async (c, next) => {
  const acts = isUnsafe(c) || c.req.path.endsWith('/logout')
  const given = acts ? secrets.filter((name) => c.req.query(name) !== undefined) : []
  if (given.length > 0)
    throw new AuthError('validation_failed', {
      detail,
      errors: given.map((field) => ({ field, code: 'in_query', detail: 'belongs in the body' })),
    })
  await next()
})

/** `/api/auth`: registration, log-in, refresh, log-out and recovery. */
export const auth = new Hono<AppEnv>()
  .use(secretsInBody)
  .route('/', registration)
  .route('/', firstAdmin)
  .route('/', verification)
  .route('/', logIn)
  .route('/', logInCodes)
  .route('/', logInEnrolments)
  .route('/', mailLogIns)
  .route('/', passkeyLogIns)
  .route('/', sessions)
  .route('/', reauthentication)
  .route('/', passwordChangesByMail)
  .route('/', emailChanges)
  .route('/', wayBack)
  .route('/', ownSessionsByMail)
  .route('/', factorsByMail)
  .route('/', factorRecovery)
  .route('/', accountDeletionByMail)
