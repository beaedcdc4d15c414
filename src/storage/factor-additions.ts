import { and, eq, isNotNull, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import type { SignedIn, User } from '../domain/model.ts'
import type { CodeSet, FactorChange } from '../domain/ports/factors.ts'
import { type Db, insertWhere } from './database.ts'
import { idsOf } from './factor-changes.ts'
import { type FactorTable, ownFactorChange, type Results } from './own-factors.ts'
import { recoveryCodes, sessions, users } from './schema.ts'

type Addition = FactorChange & {
  most: number
  codes: CodeSet
  next: { nonce: string; amr: string; idleMs: number }
}

/**
 * Returns the statements that add a factor to the session's user, who needs a verified address and fewer than `most`
 * factors of this kind. The session moves to its next generation; all others end.
 * @param factor.insert builds the statement that inserts the factor; `rest` is its end (`from … where …`), which
 * selects the user
 */
export const addition = (
  db: Db,
  input: Addition,
  {
    kind,
    table,
    id,
    unused,
    insert,
  }: FactorTable & { id: string; unused: SQL; insert: (rest: SQL) => BatchItem<'sqlite'> },
) => {
  const { sid, now, most, codes, next } = input
  const change = ownFactorChange(db, input, {
    event: 'factor_added',
    detail: { factor: kind, id },
    found: unused,
    allowed: and(
      isNotNull(users.emailVerifiedAt),
      sql`(select count(*) from ${table} where user_id = ${users.id}) < ${most}`,
    ),
  })
  const renewed = and(eq(sessions.id, sid), eq(sessions.nonce, next.nonce))
  const owners = sql`from ${users} where ${eq(users.id, change.owner)}`
  const { spent: _, happened: __, ...ends } = change.ends
  const statements = {
    ...change.begins,
    factor: insert(owners),
    codes: insertWhere(
      db,
      recoveryCodes,
      { ...codes, userId: sql`${users.id}`, createdAt: now },
      owners,
    ).onConflictDoNothing(),
    ...change.ending(sid),
    renewed: change.renewing({ sid, ...next }),
    ...ends,
    session: db.select().from(sessions).where(renewed),
    user: db.select().from(users).where(eq(users.id, change.owner)),
    kept: db.select({ setId: recoveryCodes.setId }).from(recoveryCodes).where(eq(recoveryCodes.userId, change.owner)),
  }
  type Added = { session: SignedIn['session'][]; user: User[]; kept: { setId: string }[]; ended: { id: string }[] }

  return {
    ...{ owner: change.owner, done: change.done, statements },

    /** Returns what the reply says, with `more`; or why nothing was added. */
    added: <More extends object>(results: Omit<Results, 'happened'> & Added, more: More) => {
      const { session, user, kept, ended, mails, before } = results
      if (session[0] && user[0])
        return {
          signedIn: { session: session[0], user: user[0] },
          codesKept: kept[0]?.setId === codes.setId,
          ended: idsOf(ended),
          mails,
          ...more,
        }
      return before[0]?.proven && !before[0].verified ? 'unverified' : change.whyNot(results, 'factor_limit')
    },
  }
}
