import { and, desc, eq, gte, sql } from 'drizzle-orm'
import type { DataExportStore } from '../domain/ports/data-export.ts'
import { batch, type Db } from './database.ts'
import { readingFactors } from './factors.ts'
import { audit, devices, mail, sessions, trustedDevices, users } from './schema.ts'
import { userOf } from './sessions.ts'

/** The most audit entries in an export, newest first. */
const exported = 10_000

/** The most entries in the list of what happened lately. */
const shown = 100

export const createDataExportStore = (db: Db): DataExportStore => ({
  async holdings(sid, now) {
    const me = userOf(db, sid, now)
    const {
      user: [user],
      live,
      totp,
      passkeys,
      codes,
      known,
      trusted,
      mails,
      entries,
    } = await batch(db, {
      user: db.select().from(users).where(eq(users.id, me)),
      live: db.select().from(sessions).where(eq(sessions.userId, me)),
      known: db.select().from(devices).where(eq(devices.userId, me)),
      trusted: db.select().from(trustedDevices).where(eq(trustedDevices.userId, me)),
      mails: db
        .select({ kind: mail.kind, address: mail.address, createdAt: mail.createdAt, sentAt: mail.sentAt })
        .from(mail)
        .where(eq(mail.userId, me)),
      ...readingFactors(db, sql`(${me})`),
      entries: db.select().from(audit).where(eq(audit.userId, me)).orderBy(desc(audit.id)).limit(exported),
    })
    const factors = { totp, passkeys, recoveryCodes: codes[0] }
    return user && { user, sessions: live, factors, devices: known, trustedDevices: trusted, mails, audit: entries }
  },

  async activity(sid, since, now) {
    const me = userOf(db, sid, now)
    const {
      user: [user],
      entries,
    } = await batch(db, {
      user: db.select({ id: users.id }).from(users).where(eq(users.id, me)),
      entries: db
        .select()
        .from(audit)
        .where(and(eq(audit.userId, me), gte(audit.id, since)))
        .orderBy(desc(audit.id))
        .limit(shown),
    })
    return user && entries
  },
})
