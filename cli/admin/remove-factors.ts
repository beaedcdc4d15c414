import type { EmailAddress } from '../../src/domain/email.ts'
import { newId, randomId } from '../../src/domain/ids.ts'
import { noticeLifetimeMs } from '../../src/domain/outbox.ts'
import { execute, type Place, Stop } from '../lib/database.ts'
import { statement } from '../lib/sql-literal.ts'

/**
 * Returns the statements of one transaction. The audit entry is written only if the account has a factor; the other
 * changes are made only if it was written.
 */
const statements = ({ canonical }: EmailAddress, now: Date) => {
  const at = now.getTime()
  const [entry, notice] = [newId(now), randomId()]
  const owner = statement`(select user_id from audit where id = ${entry})`
  const columns = 'id, user_id, kind, address, address_canonical, created_at, expires_at, next_attempt_at'
  const times = statement`${at}, ${at + noticeLifetimeMs}, ${at}`
  return [
    statement`select email, factors from users where email_canonical = ${canonical}`,
    statement`insert into audit (id, at, event, user_id, detail)
      select ${entry}, ${at}, 'factors_reset', id, ${JSON.stringify({ by: 'command line' })} from users
      where email_canonical = ${canonical} and factors <> 0`,
    `delete from totp where user_id = ${owner}`,
    `delete from passkeys where user_id = ${owner}`,
    `delete from recovery_codes where user_id = ${owner}`,
    `delete from sessions where user_id = ${owner}`,
    // Due at once: the cron sends them.
    `insert into mail (${columns})
      select ${statement`${notice}`}, id, 'factors_reset', email, email_canonical, ${times} from users where id = ${owner}`,
    `insert into mail (${columns})
      select ${statement`${`${notice}.`}`} || id, user_id, 'factors_changed', address, address_canonical, ${times} from mail
      where user_id = ${owner} and kind = 'revert_email_change' and expires_at > ${at}`,
  ]
}

/**
 * Removes every second factor of an account and ends its sessions, for an owner who has lost them.
 * @returns what was done, in a sentence
 * @throws {Stop} if nobody has the address
 */
export const removeFactors = async (email: EmailAddress, place: Place, now: Date): Promise<string> => {
  const [rows] = await execute(statements(email, now), place)
  const found = rows?.[0] as { email: string; factors: number } | undefined
  if (!found) throw new Stop(`Nobody has the address ${email.address}: nothing was changed.`)
  if (found.factors === 0) return `${email.address} has no second factor: nothing was changed.`
  return `${email.address} has no second factor any more, and is logged out everywhere. The service mails a notice within a minute.`
}
