import { and, eq, notExists, sql } from 'drizzle-orm'
import type { ProfileStore } from '../domain/ports/profiles.ts'
import { batch, type Db, previousChanged } from './database.ts'
import { differs, recordEvent, recordOnce } from './events.ts'
import { changeLinks, killLinks } from './mail-links.ts'
import { audit, users } from './schema.ts'
import { searchText } from './search-text.ts'
import { userOf } from './sessions.ts'

export const createProfileStore = (db: Db): ProfileStore => ({
  async update({ sid, change, email, audit: entry, now }) {
    const me = userOf(db, sid, now)
    const spelling = email && {
      email: sql`iif(${users.emailCanonical} = ${email.canonical}, ${email.address}, ${users.email})`,
      pendingEmail: null,
    }
    const {
      user: [user],
    } = await batch(db, {
      profile: db
        .update(users)
        .set({ ...change, ...searchText(change), ...spelling, updatedAt: now })
        .where(and(eq(users.id, me), differs(users, { ...change, ...spelling }))),
      profileUpdated: recordEvent(
        db,
        { ...entry, event: 'profile_updated', userId: sql`(${me})` },
        sql`where ${previousChanged}`,
      ),
      links: killLinks(db, email ? sql`(${me})` : sql`null`, now, { kinds: changeLinks }),
      user: db.select().from(users).where(eq(users.id, me)),
    })
    return user
  },

  async setAvatar({ sid, avatar, audit: entry, now }) {
    const me = userOf(db, sid, now)
    const written = db.select({ id: audit.id }).from(audit).where(eq(audit.id, entry.id))
    const {
      before: [before],
      earlier,
      user: [user],
    } = await batch(db, {
      before: db.select({ avatar: users.avatar }).from(users).where(eq(users.id, me)),
      earlier: written,
      avatar: db
        .update(users)
        .set({ avatar, updatedAt: now })
        .where(and(eq(users.id, me), sql`${users.avatar} is not ${avatar}`, notExists(written))),
      avatarChanged: recordOnce(
        db,
        { ...entry, event: 'avatar_changed', userId: sql`(${me})` },
        sql`where ${previousChanged}`,
      ),
      user: db.select().from(users).where(eq(users.id, me)),
    })
    const replaced = earlier.length === 0 && before?.avatar !== avatar ? (before?.avatar ?? null) : null
    return user && { user, replaced }
  },
})
