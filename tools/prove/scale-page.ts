/** The tables that `npm run scale` prints and writes into docs/reference/scale.md. */

type Cost = { trips: number; tripsAfter: number; rowsRead: number; rowsWritten: number }
type Population = { users: number; analyzed: boolean }
export type Measured = Cost & Population & { group: string; name: string }
export type Size = { users: number; tables: Record<string, { before: number; after: number }> }

export const few = 1000

/** As named in test/support/budgets/scale-lists.ts: only the page number bounds these. */
export const deepPages = 'The deepest pages by number'

const whole = new Intl.NumberFormat('en')
export const number = (value: number) => whole.format(Math.round(value))

/** What `test/support/budgets/budget-rows.ts` counts for one case of an operation. */
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
    'operation: case',
    'D1 trips',
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

/** The defaults of AUDIT_RETENTION_DAYS and SESSION_MAX_DAYS, and the most sessions of a user. */
const kept = 90
const sessionDays = 30
const mostSessions = 20

const sizes = ({ users, tables }: Size) => {
  const bytes = (name: string) => (tables[name]!.after - tables[name]!.before) / users
  const what = {
    users: 'user, with its share of the search index',
    sessions: 'session',
    devices: 'device',
    audit: 'audit entry',
    mail: 'mail or link',
    throttles: 'counter of a limit',
  }
  return `${table(
    ['one row', 'bytes, with indexes'],
    Object.entries(what).map(([name, words]) => [words, number(bytes(name))]),
  )}

A log-in adds ${number(bytes('sessions') + bytes('audit'))} bytes: a session and an audit entry. The session lives for ${sessionDays} days at most, and ends when the user has ${mostSessions} newer
ones; the entry is kept for ${kept} days. A new device adds ${number(bytes('devices') + bytes('mail'))} bytes: its row and a mail. A refresh adds nothing. Counters of limits are
few, and are removed when their windows end.

[Growth](../operate/growth.md) says how many users one database carries.`
}

const measuring = (size: Size, reached: number) =>
  `
This page compares what every operation costs with ${number(few)} users and with ${number(size.users)}. Each user has a session, a device, an audit
entry and a mail. A fifth of the users are admins, and a quarter are disabled. A third are unverified, and so are all of the newest
30 percent. So every filter finds many users, near the beginning of a list or far from it. *With statistics* means after \`ANALYZE\`,
which makes SQLite choose its query plans anew.

One request reads ${number(reached)} rows at most, except for deep pages by number. \`npm run scale\` fails if a request reads more than 1,100
rows, if an operation needs more than its [budget](costs.md), or if a list reads over eight rows more than with a thousand
users. The deepest pages by number are not checked. The search of people in every script is not compared, because it finds
more of them among a million.
`.trim()

export const page = (lines: Line[], size: Size, reached: number) =>
  `
${measuring(size, reached)}

## Rows and round trips

Rows include the work after the reply. A number after a plus sign counts round trips that follow the reply. Operations that do not
use D1 are left out. For a signed-in user, the figures include the trip and the two rows that authentication costs. Pages of lists
have 20 entries unless stated otherwise.

${costTables(lines, size.users)}

A page by number costs all rows before it, so \`page × per_page\` may be at most 10,000. With \`next_cursor\`, each page costs as much
as the first. A search of the audit by user and event reads the entries of that user until the page is full. An export reads
everything held on the user.

## Bytes

${sizes(size)}

## Repeating the measurement

\`npm run scale\` creates a database, measures, and removes the database, in about five minutes on two cores. The tests do the same with 20,000
users (\`test/worker/scale.test.ts\`). Rows and bytes are those that the local D1 reports.
`.trim()
