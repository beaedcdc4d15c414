import { linkTo } from '../way-back/way-back-world.ts'
import { somePassword, type TestApp } from './support.ts'

/** The wait, and more than any clock may be behind. */
const waitMs = 74 * 3_600_000

/** Logs in by the password alone, and returns the challenge. */
export const lacksFactor = async (app: Pick<TestApp, 'request'>, email: string, password = somePassword) => {
  const reply = await app.request('POST /api/auth/login', { json: { email, password } })
  return ((await reply.json()) as { challenge: string }).challenge
}

/** Says that all second factors are lost. */
export const losesFactors = async (app: TestApp, email: string, password = somePassword) =>
  app.call('POST /api/auth/recover-factors', { json: { challenge: await lacksFactor(app, email, password) } })

/** Ends the wait without moving the clock, and returns the link that is mailed then. */
export const waited = async (app: TestApp, email: string) => {
  await app.db
    .prepare(
      `update mail set created_at = created_at - ?1, next_attempt_at = next_attempt_at - ?1
        where kind = 'factor_recovery_ready' and address_canonical = ?2`,
    )
    .bind(waitMs, email)
    .run()
  await app.services.mailDelivery.deliverDue()
  await app.settled()
  return linkTo(app, email, 'confirm-factor-recovery')
}
