import { and, desc, eq, gt, lt, ne, notInArray, or, sql } from 'drizzle-orm'
import type { NewTrust, TrustedDeviceStore } from '../domain/ports/trusted-devices.ts'
import { batch, type Db, insertWhere, previousChanged, some } from './database.ts'
import { recordEvent } from './events.ts'
import { audit, trustedDevices, users } from './schema.ts'
import { userOf } from './sessions.ts'

/** Milliseconds after which the last use of a device is recorded again. */
const usedAgainMs = 86_400_000

/**
 * For a statement that reads `users`: whether the user trusts the device. Triggers forget devices when a password, a
 * factor or the status of their user changes (migration `trusted-devices`).
 */
export const trusts = (db: Db, id: string, now: Date) =>
  and(
    ne(users.role, 'admin'),
    some(
      db,
      trustedDevices,
      and(eq(trustedDevices.userId, users.id), eq(trustedDevices.id, id), gt(trustedDevices.expiresAt, now)),
    ),
  )

/** Returns the statement that records the use of a trusted device if `when` is true. */
export const noteUse = (db: Db, userId: string, id: string, when: ReturnType<typeof sql>, now: Date) =>
  db
    .update(trustedDevices)
    .set({ lastUsedAt: now })
    .where(
      and(
        eq(trustedDevices.userId, userId),
        eq(trustedDevices.id, id),
        lt(trustedDevices.lastUsedAt, new Date(now.getTime() - usedAgainMs)),
        when,
      ),
    )

/**
 * Returns the statements that make a device trusted if `when` is true, and forget the oldest beyond the maximum and
 * those that have expired. Devices of admins are never trusted.
 */
export const trust = (
  db: Db,
  userId: string,
  { audit: entry, keep, ...device }: NewTrust,
  when: ReturnType<typeof sql>,
  now: Date,
) => {
  const others = and(eq(trustedDevices.userId, userId), ne(trustedDevices.id, device.id))
  const newest = db
    .select({ id: trustedDevices.id })
    .from(trustedDevices)
    .where(others)
    .orderBy(desc(trustedDevices.createdAt), desc(trustedDevices.id))
    .limit(keep - 1)
  return {
    trusted: insertWhere(
      db,
      trustedDevices,
      { ...device, userId, createdAt: now, lastUsedAt: now },
      sql`from ${users} where ${and(eq(users.id, userId), ne(users.role, 'admin'), when)}`,
    ).onConflictDoNothing(),
    trustRecorded: recordEvent(
      db,
      { ...entry, event: 'trusted_device_added', userId, detail: { id: device.id } },
      sql`where ${previousChanged}`,
    ),
    trustOver: db
      .delete(trustedDevices)
      .where(and(others, when, or(notInArray(trustedDevices.id, newest), lt(trustedDevices.expiresAt, now)))),
  }
}

export const createTrustedDeviceStore = (db: Db): TrustedDeviceStore => ({
  async list(sid, now) {
    const me = userOf(db, sid, now)
    const { user, devices } = await batch(db, {
      user: db.select({ id: users.id }).from(users).where(eq(users.id, me)),
      devices: db
        .select()
        .from(trustedDevices)
        .where(and(eq(trustedDevices.userId, me), gt(trustedDevices.expiresAt, now)))
        .orderBy(desc(trustedDevices.createdAt), desc(trustedDevices.id)),
    })
    return user[0] && devices
  },

  async forget({ sid, id, audit: entry, now }) {
    const me = userOf(db, sid, now)
    const { user, written } = await batch(db, {
      user: db.select({ id: users.id }).from(users).where(eq(users.id, me)),
      forgotten: db
        .delete(trustedDevices)
        .where(and(eq(trustedDevices.userId, me), id === undefined ? undefined : eq(trustedDevices.id, id))),
      event: recordEvent(
        db,
        { ...entry, event: 'trusted_devices_forgotten', userId: sql`(${me})`, ...(id && { detail: { id } }) },
        sql`where ${previousChanged}`,
      ),
      written: db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id)),
    })
    return user[0] && written.length > 0
  },
})
