import { and, desc, eq, exists, gt, inArray, isNotNull, isNull, lt, ne, not, notInArray, or, sql } from 'drizzle-orm'
import { amrOf } from '../domain/assurance.ts'
import type { Migrated, PasskeyAlone, Proof } from '../domain/model.ts'
import type { SessionStartStore } from '../domain/ports/session-start.ts'
import { batch, type Db, insertWhere, previousChanged, some } from './database.ts'
import { recordEvent } from './events.ts'
import { enrolling } from './log-in-enrolments.ts'
import { type ClaimResults, claimMail } from './mail-proofs.ts'
import { enqueue } from './outbox.ts'
import { passkeyHolds, usePasskey } from './passkey-proofs.ts'
import { clear, giveBack, refusedUntil } from './rate-limits.ts'
import { endRecovery } from './recovery-mails.ts'
import { devices, mail, sessions, users } from './schema.ts'
import { factorsProven, useUp } from './second-factors.ts'
import { noteUse, trust, trusts } from './trusted-devices.ts'

/** Milliseconds after which the last use of a device is recorded again. */
const seenAgainMs = 86_400_000

const holds = (db: Db, proof: Proof | Migrated | PasskeyAlone) => {
  if ('passkey' in proof) return passkeyHolds(db, proof.passkey, true)
  return 'migrated' in proof
    ? and(isNull(users.passwordHash), eq(users.migrationPending, true))
    : eq(users.passwordHash, proof.passwordHash)
}

export const createSessionStartStore = (db: Db, notBefore: Date): SessionStartStore => ({
  async start(input) {
    const { session, proof, second, mfaRequired, verifiedOnly, replaces, keep, cleared, returned, audit: entry } = input
    const { trusted, device, now } = input
    const mailed =
      'mail' in proof
        ? claimMail(db, { proof, second, mfaRequired, session, audit: input.audited, notBefore, now })
        : undefined
    const started = some(db, sessions, eq(sessions.id, session.id))
    // The new session must stay, even if a machine whose clock is ahead started another one.
    const otherSessions = and(eq(sessions.userId, session.userId), ne(sessions.id, session.id))
    const newest = db
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(otherSessions, gt(sessions.expiresAt, now)))
      .orderBy(desc(sessions.createdAt), desc(sessions.id))
      .limit(keep - 1)
    const otherDevices = db
      .select({ one: sql`1` })
      .from(devices)
      .where(and(eq(devices.userId, session.userId), ne(devices.name, device.name)))
    const unchanged = and(
      eq(users.id, session.userId),
      'mail' in proof ? mailed?.claimed : holds(db, proof),
      eq(users.status, 'active'),
      verifiedOnly ? isNotNull(users.emailVerifiedAt) : undefined,
      // A passkey is enough alone. The claim of a mail requires the factors itself, and may then remove them.
      'passkey' in proof || mailed
        ? undefined
        : or(
            factorsProven(db, second, { mfaRequired, now }),
            trusted === undefined ? undefined : trusts(db, trusted, now),
          ),
    )
    const told = 'passkey' in proof ? proof.passkey.told : second?.told
    // A mailbox alone is no full proof for an account that has a password.
    const oneUse = mailed && !second ? sql`iif(${users.passwordHash} is null, ${session.proof}, null)` : session.proof
    const replaced = replaces
      ? and(
          eq(sessions.id, replaces.sid),
          otherSessions,
          or(
            eq(sessions.generation, replaces.generation),
            and(
              sql`coalesce(${sessions.parent}, ${sessions.generation} - 1) = ${replaces.generation}`,
              gt(sessions.rotatedAt, new Date(now.getTime() - replaces.graceMs)),
            ),
          ),
        )
      : // Matches no row, and finds that out by an index: with a plain `false` in the `or` below, SQLite would read all
        // rows.
        eq(sessions.id, '')
    const results = await batch(db, {
      ...mailed?.statements,
      ...(second?.enrols &&
        'passwordHash' in proof &&
        enrolling(
          db,
          { ...second, enrols: second.enrols },
          { ...proof, userId: session.userId, sid: session.id, now },
        )),
      session: insertWhere(
        db,
        sessions,
        { ...session, proof: oneUse as string },
        sql`from ${users} where ${unchanged}`,
      ).onConflictDoNothing(),
      returned: giveBack(db, returned.limits, returned.at, previousChanged),
      sessionEnded: recordEvent(
        db,
        { ...(replaces?.audit ?? entry), event: 'session_ended', userId: session.userId },
        sql`from ${sessions} where ${and(started, replaced)}`,
      ),
      ended: db
        .delete(sessions)
        .where(and(started, or(and(otherSessions, notInArray(sessions.id, newest)), replaced)))
        .returning({ id: sessions.id }),
      lastLogIn: db
        .update(users)
        // A trigger clears `migration_pending` when the hash is set.
        .set({ lastLoginAt: now, ...('migrated' in proof && { passwordHash: proof.migrated }) })
        .where(and(eq(users.id, session.userId), started)),
      cleared: clear(db, cleared, started),
      ...('passkey' in proof && usePasskey(db, proof.passkey, started, now)),
      ...(second && useUp(db, second, { userId: session.userId, sid: session.id, when: started, now })),
      ...(input.factorFound && endRecovery(db, { userId: session.userId, audit: input.factorFound, now }, started)),
      ...(trusted !== undefined && { trustUsed: noteUse(db, session.userId, trusted, started, now) }),
      ...(input.trust && trust(db, session.userId, input.trust, started, now)),
      loggedIn: recordEvent(
        db,
        {
          ...entry,
          event: 'logged_in',
          userId: session.userId,
          ...(session.amr !== amrOf.password && { detail: { amr: session.amr } }),
        },
        sql`where ${started}`,
      ),
      device: insertWhere(
        db,
        devices,
        { userId: session.userId, name: device.name, firstSeenAt: now, lastSeenAt: now },
        sql`where ${started}`,
      ).onConflictDoNothing(),
      mail: enqueue(
        db,
        {
          id: device.mailId,
          kind: 'new_device',
          lifetimeMs: device.lifetimeMs,
          now,
          sessionId: session.id,
          detail: device.detail,
        },
        sql`from ${users} where ${and(eq(users.id, session.userId), previousChanged, exists(otherDevices))}`,
      ),
      deviceSeen: db
        .update(devices)
        .set({ lastSeenAt: now })
        .where(
          and(
            eq(devices.userId, session.userId),
            eq(devices.name, device.name),
            lt(devices.lastSeenAt, new Date(now.getTime() - seenAgainMs)),
            started,
          ),
        ),
      winner: db.select({ proof: sessions.proof }).from(sessions).where(eq(sessions.id, session.id)),
      ...(mailed && { usable: mailed.usable }),
      letters: db
        .select()
        .from(mail)
        .where(inArray(mail.id, [device.mailId, ...(told ? [told.mailId] : [])])),
      user: db
        .select()
        .from(users)
        .where(and(eq(users.id, session.userId), mailed ? undefined : not(started))),
    })
    const { wait = [], disowned = [], othersEnded = [], notices = [] } = results as typeof results & ClaimResults
    const {
      ended,
      winner: [winner],
      letters,
      user: [user],
      usable = [],
    } = results
    if (!winner) return refusedUntil(wait, now) ?? { changed: user, usable: usable.length > 0 }
    return {
      ended: [...disowned, ...othersEnded, ...ended].map((other) => other.id),
      mails: [...letters, ...notices],
      user,
      proof: winner.proof,
    }
  },
})
