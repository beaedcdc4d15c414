/** The output of `npm run scale`, which it also writes into docs/scale.md. */

type Cost = { trips: number; tripsAfter: number; rowsRead: number; rowsWritten: number }
type Population = { users: number; analyzed: boolean }
export type Measured = Cost & Population & { group: string; name: string }
export type Size = { users: number; tables: Record<string, { before: number; after: number }> }

export const few = 1000

/** As named in test/support/budgets/scale-lists.ts: only the page number bounds these. */
export const deepPages = 'The deepest pages by number'

const whole = new Intl.NumberFormat('en')
export const number = (value: number) => whole.format(Math.round(value))

/** What `test/support/budgets/budget-rows.ts` counts for one row of the table of budgets. */
export type Spent = Population & {
  operation: string
  what: string
  trips: number[]
  rows: number[]
}

const groups = [
  ['Registration, sessions and links', / \/api\/auth\//],
  ['Own account', / \/(api\/user|avatars)\//],
  ['Administration', / \/api\/admin\//],
  ['The service', / \//],
] as const

/** Returns an operation in its group; empty if it does not ask D1. */
export const measuredOf = ({ operation, what, trips, rows, users, analyzed }: Spent): Measured[] => {
  const [before = 0, after = 0] = trips
  const [rowsRead = 0, rowsWritten = 0] = rows
  if (before + after === 0) return []
  const group = groups.find(([, path]) => path.test(operation))![0]
  const name = `\`${operation}\`: ${what}`
  return [{ group, name, trips: before, tripsAfter: after, rowsRead, rowsWritten, users, analyzed }]
}

/**
 * Returns the line of an operation. Operations that differ only in their query share a line, with the highest cost
 * among them.
 */
const line = ({ group, name }: Measured) => {
  const middle = name.endsWith('from the middle') ? ', from the middle' : ''
  if (group === 'Lists of users' && /^(role|status|email_verified)=.*&per_page=(5|20)\b/.test(name))
    return `each of the 26 combinations of filters, 20 a page${middle}`
  if (group === 'Lists of users' && name.startsWith('sort='))
    return `each of the 6 sorts, ${name.replace(/^sort=-?\w+&/, '')}`
  if (group === 'Search of people in every script')
    return `each of the spellings, ${name.replace(/^search=.*?&(status=active&)?per_page/, '$1per_page')}`.replace(
      '&',
      ' ',
    )
  if (group === 'Search of users' && /^search=example&.*=20$/.test(name)) return 'search=example and a filter, or two'
  return name.replace(/&page/, ' page').replaceAll('&', ' ')
}

type Line = { group: string; name: string; few?: Cost; many?: Cost; analyzed?: Cost }

export const linesOf = (measured: Measured[], users: number): Line[] => {
  const lines = new Map<string, Line>()
  for (const cost of measured) {
    const name = line(cost)
    const key = `${cost.group}: ${name}`
    const found: Line = lines.get(key) ?? { group: cost.group, name }
    lines.set(key, found)
    const column = cost.analyzed ? 'analyzed' : cost.users === users ? 'many' : 'few'
    if (!found[column] || found[column].rowsRead < cost.rowsRead) found[column] = cost
  }
  return [...lines.values()]
}

const table = (head: string[], rows: string[][]) =>
  [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')

export const costTables = (lines: Line[], users: number) => {
  const head = [
    '',
    'D1 trips, and after the reply',
    'rows written',
    ...[few, users].map((n) => `rows read, ${number(n)} users`),
    'with statistics',
  ]
  return [...Map.groupBy(lines, ({ group }) => group)]
    .map(([group, named]) => {
      const rows = named.map(({ name, few, many, analyzed }) => [
        name,
        many ? `${many.trips}${many.tripsAfter ? ` + ${many.tripsAfter}` : ''}` : '',
        ...[many?.rowsWritten, few?.rowsRead, many?.rowsRead, analyzed?.rowsRead].map((n) =>
          n === undefined ? '' : number(n),
        ),
      ])
      return `### ${group}\n\n${table(head, rows)}`
    })
    .join('\n\n')
}

const largest = 10e9

/** The defaults of AUDIT_RETENTION_DAYS and SESSION_MAX_DAYS, and the sessions of a user. */
const kept = 90
const sessionDays = 30
const mostSessions = 20

const sizes = ({ users, tables }: Size) => {
  const bytes = (name: string) => (tables[name]!.after - tables[name]!.before) / users
  const what = {
    users: 'user, with its share of the search index',
    sessions: 'session',
    devices: 'device',
    audit: 'entry of the audit',
    mail: 'mail or link',
    throttles: 'counter of a limit',
  }
  return `${table(
    ['', 'bytes, with indexes'],
    Object.entries(what).map(([name, words]) => [words, number(bytes(name))]),
  )}

A log-in adds a session, which lives ${sessionDays} days at most and goes when the user has ${mostSessions} newer ones, and an entry of the
audit, kept for ${kept} days: ${number(bytes('sessions') + bytes('audit'))} bytes. A device that is new adds itself and a mail, ${number(bytes('devices') + bytes('mail'))} bytes. A refresh adds
nothing. Counters of limits are few, and gone when their windows have ended.

A database of D1 holds 10 GB. Where every log-in leaves its session until that ends, it carries:

${table(['each user logs in', 'sessions', 'entries of the audit', 'KB a user', 'million users in 10 GB'], habits.map(carried(bytes)))}

So it is the audit that fills a database, and \`AUDIT_RETENTION_DAYS\` that decides.`
}

/** How often somebody logs in, and the days between two log-ins. */
const habits: [words: string, days: number][] = [
  ['no longer', Number.POSITIVE_INFINITY],
  ['once a month', 30],
  ['once a week', 7],
  ['once a day', 1],
]

const carried =
  (bytes: (name: string) => number) =>
  ([words, days]: [string, number]) => {
    const sessions = Math.min(mostSessions, Math.ceil(sessionDays / days))
    const entries = Math.ceil(kept / days)
    const user = bytes('users') + bytes('devices') + sessions * bytes('sessions') + entries * bytes('audit')
    const users = largest / user / 1e6
    return [words, number(sessions), number(entries), (user / 1000).toFixed(1), users.toFixed(users < 1 ? 2 : 1)]
  }

const measuring = (size: Size, reached: number) =>
  `
What every operation costs, with ${number(few)} users and with ${number(size.users)}. Each has a session, a device, an entry of the audit and
a mail. A fifth are admins, a quarter is disabled, a third is not verified, nor is anybody of the newest 30 in 100: so every
filter finds many, at the end of the list or far from it. *With statistics* is after \`ANALYZE\`, which makes SQLite plan anew.

The most that one request reads is ${number(reached)} rows, except for deep pages by number. The limit is 1,100; beyond it, or where
an operation needs more than its [budget](costs.md) or a list more than with a thousand, \`npm run scale\` fails.
`.trim()

export const page = (lines: Line[], size: Size, reached: number) =>
  `
${measuring(size, reached)}

## Rows and round trips

Rows include those after the reply. What asks nothing of D1 is left out. Every request of somebody signed in includes the trip
and the two rows that this costs. Pages are of 20 where nothing else is said.

${costTables(lines, size.users)}

A page by number costs the rows before it, so \`page × per_page\` ends at 10,000; \`next_cursor\` turns pages at the cost of the
first one, however deep. An audit that is asked for a person and an event reads what there is of the person until the page is
full. An export reads what there is of the user.

## Bytes

${sizes(size)}

## Again

\`npm run scale\` makes a database, measures and removes it, in about five minutes on two cores. The tests do the same with 20,000
(\`test/worker/scale.test.ts\`). Rows and bytes are those that the local D1 reports.
`.trim()
