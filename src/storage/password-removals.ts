import { and, eq, isNotNull } from 'drizzle-orm'
import type { PasswordRemovalStore } from '../domain/ports/password-removals.ts'
import { batch, type Db, some } from './database.ts'
import { idsOf } from './factor-changes.ts'
import { killLinks } from './mail-links.ts'
import { ownFactorChange } from './own-factors.ts'
import { passkeys, users } from './schema.ts'

export const createPasswordRemovalStore = (db: Db): PasswordRemovalStore => ({
  async remove(input) {
    const { sid, now, byMail } = input
    const alone = some(db, passkeys, and(eq(passkeys.userId, users.id), eq(passkeys.uv, true)))
    const change = ownFactorChange(db, input, {
      event: 'password_removed',
      found: isNotNull(users.passwordHash),
      // Nobody locks themselves out.
      allowed: and(isNotNull(users.emailVerifiedAt), byMail ? undefined : alone),
    })
    const results = await batch(db, {
      ...change.begins,
      password: db.update(users).set({ passwordHash: null, updatedAt: now }).where(eq(users.id, change.owner)),
      ...change.ending(sid),
      // Links that set a password do not outlive the decision to have none.
      links: killLinks(db, change.owner, now),
      ...change.ends,
    })
    return results.happened[0]
      ? { ended: idsOf(results.ended), mails: results.mails }
      : change.whyNot(results, 'last_factor')
  },
})
