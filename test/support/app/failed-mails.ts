import { randomId } from '../../../src/domain/ids.ts'
import type { TestApp } from './support.ts'

type Failed = { userId?: string; error?: string; at?: Date; ends?: Date; kind?: string; next?: Date }

/**
 * Writes a mail to a user, or to the newest one, that could not be sent. Returns its id.
 * @param failed.next the time of its next attempt; by default there is none
 */
export const failedMail = async (
  app: TestApp,
  { userId, error = 'E_RECIPIENT_SUPPRESSED', ...failed }: Failed = {},
) => {
  const id = randomId()
  const { at = app.now(), kind = 'new_device' } = failed
  const ends = failed.ends ?? new Date(at.getTime() + 86_400_000)
  await app.db
    .prepare(
      `insert into mail (id, user_id, kind, address, address_canonical, created_at, expires_at, attempts, last_error, next_attempt_at)
        select ?, id, ?, email, email_canonical, ?, ?, 1, ?, ? from users
        where id = coalesce(?, (select max(id) from users))`,
    )
    .bind(id, kind, at.getTime(), ends.getTime(), error, failed.next?.getTime() ?? null, userId ?? null)
    .run()
  return id
}
