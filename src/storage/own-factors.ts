import { and, eq, isNotNull, ne, not, or, type SQL, sql } from 'drizzle-orm'
import type { AuditEntry, Mail } from '../domain/model.ts'
import type { FactorChange, FactorRemoval, RemovalRules, Unchanged } from '../domain/ports/factors.ts'
import { type Db, previousChanged, some } from './database.ts'
import { recordEvent, recordOnce } from './events.ts'
import { factorChanges, idsOf } from './factor-changes.ts'
import { holds, needsFactor, spend } from './proofs.ts'
import { blocked, clear, refusedUntil, reserve } from './rate-limits.ts'
import { passkeys, totp, users } from './schema.ts'
import { userOf } from './sessions.ts'

/** A kind of factor as the audit names it, and its table. */
export type FactorTable = { kind: 'totp'; table: typeof totp } | { kind: 'passkey'; table: typeof passkeys }

/** Whether the user of the statement has this factor. */
export const hasFactor = (db: Db, table: FactorTable['table'], id: string | SQL) =>
  some(db, table, and(eq(table.id, id), eq(table.userId, users.id)))

/** What a change requires besides full proof. */
type Required = {
  /** The audit event, and the kind of the notice. */
  event: 'factor_added' | 'factor_removed' | 'recovery_codes_made' | 'password_removed'
  detail?: Record<string, string>
  /** Whether there is something to change. */
  found: SQL
  /** What else the account has to fulfil. */
  allowed?: SQL | undefined
}

/** The account as it was before the batch. */
type Before = { verified: boolean; proven: boolean; found: boolean }

/** What the statements of a change read. */
export type Results = { before: Before[]; wait: { until: Date | null }[]; mails: Mail[]; happened: { id: string }[] }

/**
 * Returns what a change by the owner of the account consists of: the statements with which its batch begins and ends,
 * and why it did not happen.
 */
export const ownFactorChange = (db: Db, input: FactorChange, { event, detail, found, allowed }: Required) => {
  const { sid, full, limits, cleared, notice, audit: entry, now } = input
  const me = userOf(db, sid, now)
  const proven = holds(db, sid, full, sql`(${me})`)
  const change = factorChanges(db, entry, now)
  const may = and(eq(users.id, me), proven, found, allowed)
  const flag = (condition: SQL | undefined, name: string) => sql<boolean>`${condition}`.mapWith(Boolean).as(name)

  return {
    ...change,

    begins: {
      wait: blocked(db, limits),
      before: db
        .select({
          verified: flag(isNotNull(users.emailVerifiedAt), 'verified'),
          proven: flag(proven, 'proven'),
          found: flag(found, 'found'),
        })
        .from(users)
        .where(eq(users.id, me)),
      place: reserve(db, limits, now, some(db, users, may)),
      event: recordOnce(
        db,
        { ...entry, event, userId: sql`${users.id}`, detail },
        sql`from ${users} where ${and(may, previousChanged)}`,
      ),
    },

    ends: {
      cleared: clear(db, cleared, change.done),
      ...change.telling({ ...notice, kind: event }),
      spent: spend(db, sid, full, change.done),
      happened: change.happened,
    },

    /** Undefined if the session has ended. `otherwise`: the reason if nothing else is wrong. */
    whyNot: (
      { before: [before], wait }: Pick<Results, 'before' | 'wait'>,
      otherwise: Unchanged,
    ): Unchanged | undefined => {
      if (!before) return
      if (!before.proven) return 'unproven'
      return refusedUntil(wait, now) ?? (before.found ? otherwise : 'gone')
    },
  }
}

/**
 * Whether the user of the statement can do without this factor: another second factor is left, or none is required; and
 * there is still a way to log in.
 */
export const canSpare = (db: Db, { id, mfaRequired, byMail }: RemovalRules & { id: string }) => {
  const another = (of: FactorTable['table'], ...conditions: SQL[]) =>
    some(db, of, and(eq(of.userId, users.id), ne(of.id, id), ...conditions))
  return and(
    or(not(needsFactor(mfaRequired)), another(totp), another(passkeys)),
    byMail ? undefined : or(isNotNull(users.passwordHash), another(passkeys, eq(passkeys.uv, true))),
  )
}

/**
 * Returns the statements that remove a factor of the session's user, if the user can do without it, and end all other
 * sessions. The recovery codes are removed with the last factor.
 */
export const removal = (db: Db, input: FactorRemoval, { kind, table }: FactorTable) => {
  const { sid, id } = input
  const change = ownFactorChange(db, input, {
    event: 'factor_removed',
    detail: { factor: kind, id },
    found: hasFactor(db, table, id),
    allowed: canSpare(db, input),
  })
  return {
    owner: change.owner,
    statements: {
      ...change.begins,
      factor: db.delete(table).where(and(eq(table.id, id), eq(table.userId, change.owner))),
      codes: change.codesWithout,
      ...change.ending(sid),
      ...change.ends,
    },

    /** Returns what the reply says, with `more`; or why nothing was removed. */
    removed: <More extends object>(results: Results & { ended: { id: string }[] }, more: More) =>
      results.happened[0]
        ? { ended: idsOf(results.ended), mails: results.mails, ...more }
        : change.whyNot(results, 'last_factor'),
  }
}

/** Returns the statements that name a factor of the session's user. `name` may be null only for an app. */
export const renaming = (db: Db, { kind, table }: FactorTable, { sid, id, name, audit: entry, now }: Renaming) => {
  const me = userOf(db, sid, now)
  const mine = and(eq(table.id, id), eq(table.userId, me))
  return {
    me,
    statements: {
      user: db.select({ id: users.id }).from(users).where(eq(users.id, me)),
      name: db
        .update(table)
        .set({ name: sql`${name}` })
        .where(and(mine, sql`${table.name} is not ${name}`)),
      event: recordEvent(
        db,
        { ...entry, event: 'factor_renamed', userId: sql`${table.userId}`, detail: { factor: kind, id } },
        sql`from ${table} where ${and(mine, previousChanged)}`,
      ),
    },
  }
}

type Renaming = { sid: string; id: string; name: string | null; audit: AuditEntry; now: Date }
