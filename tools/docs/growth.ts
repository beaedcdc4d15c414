import { madePart, table } from './generated-section.ts'
import { rows } from './markdown.ts'

/** Makes the table of docs/operate/growth.md from the bytes that `npm run scale` measured and the figures below. */

const gigabytes = 10e9

/** Days for which audit entries are kept by default (AUDIT_RETENTION_DAYS). */
const kept = 90

/** What a user does in a day, and with how many browsers. */
type Habit = { who: string; logIns: number; refreshes: number; reads: number; sessions: number }

const habits: Habit[] = [
  { who: 'logs in every day', logIns: 1, refreshes: 8, reads: 20, sessions: 2 },
  { who: 'comes every day, logs in once a month', logIns: 1 / 30, refreshes: 8, reads: 20, sessions: 2 },
  { who: 'comes and logs in once a month', logIns: 1 / 30, refreshes: 0.3, reads: 1, sessions: 1 },
]

/**
 * Milliseconds of database time for all round trips together, as the local D1 reports them with 20,000 users: medians
 * of three runs of a hundred requests. Measured on one computer, not at Cloudflare.
 */
const busy = { logIn: 2.1, refresh: 0.8, read: 0.1 }

/** The load of the busiest hour, as a multiple of the day's mean. */
const peak = 3

/** The share of that hour for which the database may be busy without a queue. */
const share = 0.5

const bytes = (what: string) => {
  const found = rows('docs/reference/scale.md', 'Bytes').find(([name = '']) => name.startsWith(what))
  if (!found) throw new Error(`docs/reference/scale.md has no bytes of "${what}"`)
  return Number(found[1]!.replaceAll(',', ''))
}

const millions = (value: number) => `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} million`

/** A log-in leaves one audit entry. An occasional change or failure adds one a month. */
const entries = ({ logIns }: Habit, days: number) => days * (logIns + 1 / 30)

/**
 * Bytes of a row of `audit_keys` with its index: 200,000 random rows in SQLite, inserted one by one. `npm run scale`
 * archives nothing.
 */
const keyBytes = 246

/** Values of AUDIT_ARCHIVE_AFTER_DAYS. Whole days are archived, so entries stay up to a day longer. */
const archivedAfter = [7, 1]

const size = (habit: Habit) => {
  const own = bytes('user') + habit.sessions * (bytes('session') + bytes('device'))
  const audit = (days: number) => entries(habit, days) * bytes('audit entry')
  return { own, audit: audit(kept), archived: archivedAfter.map((days) => audit(days + 1) + keyBytes) }
}

const make = () => {
  const carried = habits.map((habit) => {
    const { own, audit, archived } = size(habit)
    const work = habit.logIns * busy.logIn + habit.refreshes * busy.refresh + habit.reads * busy.read
    return [
      habit.who,
      `${(own / 1000).toFixed(1)} KB`,
      `${(audit / 1000).toFixed(1)} KB`,
      millions(gigabytes / (own + audit)),
      ...archived.flatMap((left) => [`${(left / 1000).toFixed(1)} KB`, millions(gigabytes / (own + left))]),
      `${work.toFixed(1)} ms`,
      millions((86_400_000 * share) / peak / work),
    ]
  })
  return [
    `The database is busy for ${busy.logIn} ms with a log-in, ${busy.refresh} ms with a refresh and ${busy.read} ms with a profile.`,
    table([
      [
        'Somebody who',
        'user, sessions, devices',
        `audit of ${kept} days`,
        'users in 10 GB',
        ...archivedAfter.flatMap((days) => [
          days === 1 ? 'archived after a day' : `archived after ${days} days`,
          'users in 10 GB',
        ]),
        'database a day',
        'users by time',
      ],
      ...carried,
    ]),
  ].join('\n\n')
}

export const growth = madePart('docs/operate/growth.md', 'tools/docs/growth.ts', make)

if (import.meta.main) growth.write()
