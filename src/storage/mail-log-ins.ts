import { and, eq, exists, inArray, not, type SQL, sql } from 'drizzle-orm'
import type { MailLogInStore } from '../domain/ports/mail-log-ins.ts'
import { batch, type Db, previousChanged, some } from './database.ts'
import { recognisedOn } from './log-in.ts'
import { reserved } from './mail-links.ts'
import { enqueue } from './outbox.ts'
import { blocked, open, refusedUntil, reserve } from './rate-limits.ts'
import { daily, mail, users } from './schema.ts'

type Budget = Pick<Parameters<MailLogInStore['ask']>[0], 'budget' | 'failures'>

/** Requests for a log-in by mail, and wrong codes. */
export const createMailLogInStore = (db: Db): MailLogInStore => ({
  async ask({ emailCanonical, address, limits, mail: letter, budget, failures, device, help, signUp, now }) {
    const at = now.getTime()
    const ofAddress = eq(users.emailCanonical, emailCanonical)
    const active = eq(users.status, 'active')
    const spent = signUp?.spent
    const full = spent
      ? sql`coalesce((select ${daily.count} from ${daily} where ${daily.metric} = 'mails_sent' and ${daily.day} = ${spent.day}), 0) >= ${spent.most}`
      : sql`false`
    const who = signUp
      ? sql`iif(${users.id} is null, not ${reserved(emailCanonical, now)} and not (${full}), ${active})`
      : active
    const recipient = sql`from (select 1) left join ${users} on ${ofAddress} where ${who}`
    const wanted = sql`exists (select 1 ${recipient})`
    const recognised = device && exists(recognisedOn(db, emailCanonical, device.known, device.forgottenKeys))
    const stranger = recognised && not(recognised)
    const posted = some(db, mail, eq(mail.id, letter.id))
    const post = () =>
      enqueue(
        db,
        {
          id: letter.id,
          kind: signUp ? sql`iif(${users.id} is null, 'sign_up', 'log_in')` : 'log_in',
          lifetimeMs: letter.lifetimeMs,
          now,
          to: {
            address: sql`coalesce(${users.email}, ${address})`,
            addressCanonical: emailCanonical,
          },
          detail: letter.detail,
          language: letter.language,
        },
        sql`${recipient} and ${previousChanged}`,
      )
    const places = (limits: typeof budget, of: typeof failures, when: SQL | undefined) =>
      reserve(db, limits, now, and(when, wanted, open(of, at)))
    // The help is for limits that are still closed after the short window (one mail a minute). Within that window the
    // mail of the first request is on its way.
    const usedUp = ({ budget, failures }: Budget) =>
      not(open([...budget, ...failures], at + Math.max(...budget.map(({ short }) => short.window))))
    const forStrangers = and(open(limits, at), usedUp({ budget, failures }))!
    const {
      wait,
      user: [user],
      device: [known],
      letters: [one],
    } = await batch(db, {
      wait: blocked(db, limits),
      user: db.select({ id: users.id }).from(users).where(and(ofAddress, active)),
      device: db
        .select({ one: sql`1` })
        .from(sql`(select 1)`)
        .where(recognised ?? sql`false`),
      reserved: reserve(db, limits, now, stranger),
      places: places(budget, failures, previousChanged),
      mail: post(),
      // A known device has a budget of its own, which strangers cannot use up, and no limit of its network refuses it.
      ...(device && {
        placesOnDevice: places(device.budget, device.failures, recognised),
        mailOnDevice: post(),
      }),
      helpPlace: reserve(
        db,
        help.budget,
        now,
        and(
          recognised ? sql`iif(${recognised}, ${usedUp(device)}, ${forStrangers})` : forStrangers,
          not(posted),
          some(db, users, and(ofAddress, active)),
        ),
      ),
      help: enqueue(
        db,
        {
          id: help.id,
          kind: 'log_in_paused',
          lifetimeMs: help.lifetimeMs,
          now,
          detail: letter.detail,
          language: letter.language,
        },
        sql`from ${users} where ${and(ofAddress, active, previousChanged)}`,
      ),
      letters: db
        .select()
        .from(mail)
        .where(inArray(mail.id, [letter.id, help.id])),
    })
    const refused = known ? undefined : refusedUntil(wait, now)
    return refused ?? { userId: user?.id, recognised: known !== undefined, mail: one }
  },

  async take(limits, known, now) {
    const { wait } = await batch(db, {
      wait: blocked(db, limits),
      reserved: reserve(db, limits, now, undefined, known ? sql`true` : sql`false`),
    })
    return refusedUntil(wait, now)
  },
})
