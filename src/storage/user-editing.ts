import { and, eq, getTableColumns, isNotNull, isNull, not, or, sql } from 'drizzle-orm'
import type { UserEditingStore } from '../domain/ports/user-editing.ts'
import { adminGuards, byAdmin, refusal } from './administration.ts'
import { notLastAdmin } from './admins.ts'
import { batch, type Db, some } from './database.ts'
import { differs, recordOnce } from './events.ts'
import { externalIdTaken } from './external-ids.ts'
import { everyLink, killLinks, reserved } from './mail-links.ts'
import { fits, mergedMetadata } from './metadata.ts'
import { enqueue, enqueued } from './outbox.ts'
import { clear } from './rate-limits.ts'
import { audit, sessions, users } from './schema.ts'
import { searchText } from './search-text.ts'

/** Users edited by admins. */
export const createUserEditingStore = (db: Db): UserEditingStore => {
  return {
    async edit(request) {
      const { audit: entry, id, change, onlyIfOnFile, verifyId, noticeId, lifetimesMs, cleared, now } = request
      const { email, name, phone, locale, verified, mfaRequired, externalId } = change
      const metadata =
        change.metadata === undefined ? undefined : mergedMetadata(sql`${users.metadata}`, change.metadata)
      const { actor, done, state } = adminGuards(db, request)
      const notSelf = sql`${users.id} <> ${actor}`
      // A form sends back the address it was given: the same one is not a change and ends no session.
      const same = email ? eq(users.emailCanonical, email.canonical) : sql`true`
      const taken = sql`(exists (select 1 from ${users} as taken where taken.email_canonical = ${email?.canonical ?? ''} and taken.id <> ${id}) or ${reserved(email?.canonical ?? '', now, id)})`
      const changesAddress = sql`exists (select 1 from ${users} as it where it.id = ${id} and it.email_canonical <> ${email?.canonical ?? ''})`
      const idTaken = externalId ? externalIdTaken(externalId, sql`${id}`) : sql`false`
      const may = and(
        eq(users.id, id),
        sql`${actor} is not null`,
        externalId === undefined
          ? undefined
          : or(sql`${users.externalId} is ${externalId}`, and(notSelf, not(idTaken))),
        or(
          same,
          onlyIfOnFile ? undefined : and(notSelf, not(taken), verified === undefined ? notLastAdmin(db) : undefined),
        ),
        metadata && fits(metadata),
        verified === undefined ? undefined : notSelf,
        mfaRequired === undefined ? undefined : or(eq(users.mfaRequired, mfaRequired), notSelf),
        verified === false ? notLastAdmin(db) : undefined,
      )
      const anyDiffers = or(
        differs(users, { name, phone, locale, email: email?.address, mfaRequired, externalId, metadata }),
        verified === undefined ? undefined : sql`${users.emailVerifiedAt} is ${sql.raw(verified ? '' : 'not ')}null`,
        // Vouching writes the password's column, and a trigger then clears `migration_pending`: that is a change too.
        verified ? sql`${users.migrationPending} is true` : undefined,
      )
      const noted = (member: 'email' | 'password_dropped') =>
        some(db, audit, and(eq(audit.id, entry.id), sql`${audit.detail} ->> ${member}`))
      const moved = noted('email')
      // The admin knows whose address it is, but not who chose the password: whoever registered need not be the reader
      // of the mailbox.
      const unproven = and(eq(users.origin, 'registered'), isNull(users.emailVerifiedAt), isNotNull(users.passwordHash))
      const dropped = noted('password_dropped')
      const ends = verified === false ? done : or(moved, dropped)
      // A new address is verified by its mailbox, unless the admin vouches for it.
      const verifiedAt =
        verified === undefined
          ? sql`iif(${same}, ${users.emailVerifiedAt}, null)`
          : verified
            ? sql`coalesce(${users.emailVerifiedAt}, ${now.getTime()})`
            : null
      const {
        ended,
        found: [found],
        row: [row],
        notice: [notice],
        link: [link],
        known: [known],
      } = await batch(db, {
        event: recordOnce(
          db,
          {
            ...entry,
            event: 'user_updated',
            userId: id,
            actorId: actor,
            detail: sql`json_patch(json_patch(${JSON.stringify({
              name: name !== undefined,
              phone: phone !== undefined,
              verified: verified ?? null,
              ...(locale !== undefined && { locale: true }),
              ...(mfaRequired !== undefined && { mfa_required: mfaRequired }),
              ...(externalId !== undefined && { external_id: true }),
              ...(metadata && { metadata: true }),
            })}, iif(${same}, '{"email":false}', '{"email":true}')), iif(${verified === true ? unproven : sql`false`}, '{"password_dropped":true}', '{}'))`,
          },
          sql`from ${users} where ${and(may, anyDiffers)}`,
        ),
        noticed: enqueue(
          db,
          { id: noticeId, kind: 'email_changed', lifetimeMs: lifetimesMs.notice, now },
          sql`from ${users} where ${and(eq(users.id, id), moved, not(same), isNotNull(users.emailVerifiedAt))}`,
        ),
        changed: db
          .update(users)
          .set({
            name,
            phone,
            locale,
            mfaRequired,
            externalId,
            metadata,
            ...(email && { email: email.address, emailCanonical: email.canonical }),
            ...searchText({ name, phone, email: email?.address, emailCanonical: email?.canonical }),
            ...(verified && { passwordHash: sql`iif(${and(unproven, dropped)}, null, ${users.passwordHash})` }),
            pendingEmail: verified === false ? null : sql`iif(${and(same, not(dropped))}, ${users.pendingEmail}, null)`,
            emailVerifiedAt: verifiedAt,
            updatedAt: now,
          })
          .where(and(eq(users.id, id), done)),
        ended: db
          .delete(sessions)
          .where(and(eq(sessions.userId, id), ends))
          .returning({ id: sessions.id }),
        links: killLinks(db, sql`(select ${id} where ${ends})`, now, { but: verifyId, kinds: everyLink }),
        linked: enqueue(
          db,
          {
            id: verifyId,
            kind: sql`case when ${dropped} then 'set_password' when ${users.passwordHash} is null then 'invite' else 'verify_email' end`,
            lifetimeMs: sql`iif(${users.passwordHash} is null and not ${dropped}, ${lifetimesMs.invite}, ${lifetimesMs.verify})`,
            now,
            detail: byAdmin,
          },
          sql`from ${users} where ${and(eq(users.id, id), or(and(isNull(users.emailVerifiedAt), moved), and(dropped, eq(users.status, 'active'))))}`,
        ),
        cleared: clear(db, cleared, ends),
        found: state(id),
        row: db
          .select({ ...getTableColumns(users), passwordDropped: sql<number>`${dropped}`.as('password_dropped') })
          .from(users)
          .where(and(eq(users.id, id), or(done, and(may, not(anyDiffers!))))),
        notice: enqueued(db, noticeId),
        link: enqueued(db, verifyId),
        known: db
          .select({
            email: sql<number>`${email ? (onlyIfOnFile ? changesAddress : taken) : sql`false`}`.as('email'),
            externalId: sql<number>`${idTaken}`.as('external_id'),
            tooLong:
              sql<number>`exists (select 1 from ${users} where ${users.id} = ${id} and not ${metadata ? fits(metadata) : sql`true`})`.as(
                'too_long',
              ),
          })
          .from(sql`(select 1)`),
      })
      if (row) {
        const { passwordDropped, ...user } = row
        return {
          user,
          passwordDropped: passwordDropped === 1,
          ended: ended.map((session) => session.id),
          mails: [notice, link].filter((letter) => letter !== undefined),
        }
      }
      const why = refusal(found)
      if (why === 'forbidden' || typeof why === 'object') return why
      if (known?.tooLong && why === 'last_admin') return 'metadata_too_long'
      if (known?.externalId && why === 'last_admin') return 'external_id_taken'
      if (!known?.email) return why
      if (onlyIfOnFile) return 'address_refused'
      return why === 'last_admin' ? 'email_taken' : why
    },
  }
}
