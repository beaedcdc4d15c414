import { and, asc, eq, exists, getTableColumns, isNull, lt, not, notExists, or, sql } from 'drizzle-orm'
import type { DeviceCookie } from '../domain/model.ts'
import type { LogInStore } from '../domain/ports/log-in.ts'
import { batch, type Db, roundTrip } from './database.ts'
import { blocked, forgottenSince, giveBack, refusedUntil, reserve } from './rate-limits.ts'
import { passwordFormats, totals, users } from './schema.ts'
import { heldBy, heldIn } from './second-factors.ts'

type LogIn = Parameters<LogInStore['beginLogIn']>[0]

/**
 * Yields a row if the device is known for the user of the address. A genuine device cookie may belong to another user,
 * or be older than the last new password.
 */
export const recognisedOn = (
  db: Db,
  emailCanonical: string,
  { userId, since }: DeviceCookie,
  forgottenKeys: string[],
) =>
  db
    .select({ one: sql`1` })
    .from(users)
    .where(
      and(
        eq(users.emailCanonical, emailCanonical),
        eq(users.id, userId),
        or(isNull(users.deviceCookiesNotBefore), lt(users.deviceCookiesNotBefore, since)),
        notExists(forgottenSince(db, forgottenKeys, since)),
      ),
    )

/** The start of a log-in by password. */
export const createLogInStore = (db: Db): LogInStore => {
  const ofAddress = (emailCanonical: string) => db.select().from(users).where(eq(users.emailCanonical, emailCanonical))
  const idOf = (emailCanonical: string) =>
    sql`(select id from ${users} where ${users.emailCanonical} = ${emailCanonical})`
  const formatsOnFile = db
    .select({ ...getTableColumns(passwordFormats), users: sql<number>`(select sum(count) from ${totals})`.as('users') })
    .from(passwordFormats)
    .orderBy(asc(passwordFormats.format))

  const beginOnDevice = async (
    { emailCanonical, limits, withFactors, now }: LogIn,
    { known, limits: own, forgottenKeys }: NonNullable<LogIn['device']>,
  ) => {
    const recognised = recognisedOn(db, emailCanonical, known, forgottenKeys)
    const {
      waitOfAll,
      waitOfDevice,
      user: [user],
      formats,
      device: [device],
      apps,
      recovery,
    } = await batch(db, {
      waitOfAll: blocked(db, limits),
      waitOfDevice: blocked(db, own),
      user: ofAddress(emailCanonical),
      formats: formatsOnFile,
      device: recognised,
      reserved: reserve(db, limits, now, not(exists(recognised)), exists(ofAddress(emailCanonical))),
      reservedOnDevice: reserve(db, own, now, exists(recognised)),
      ...(withFactors && heldBy(db, idOf(emailCanonical))),
    })
    const held = heldIn(apps, recovery)
    return (
      refusedUntil(device ? waitOfDevice : waitOfAll, now) ?? { user, held, recognised: device !== undefined, formats }
    )
  }

  return {
    async beginLogIn(logIn) {
      const { emailCanonical, limits, device, withFactors, now } = logIn
      if (device) return beginOnDevice(logIn, device)
      const {
        wait,
        user: [user],
        formats,
        apps,
        recovery,
      } = await batch(db, {
        wait: blocked(db, limits),
        user: ofAddress(emailCanonical),
        formats: formatsOnFile,
        reserved: reserve(db, limits, now, undefined, exists(ofAddress(emailCanonical))),
        ...(withFactors && heldBy(db, idOf(emailCanonical))),
      })
      return refusedUntil(wait, now) ?? { user, held: heldIn(apps, recovery), recognised: false, formats }
    },

    async giveBack(limits, now) {
      await roundTrip(async () => giveBack(db, limits, now), 1)
    },
  }
}
