import { type Budget, cleanUp, inFull, leaves, type Spent } from '../../test/support/budgets/budget.ts'
import { type Budgets, budgetOf } from './budgets.ts'
import { type Meter, plan, prices } from './prices.ts'

/** The text of docs/reference/costs.md. */

/** Assumed milliseconds of CPU: nobody can measure Cloudflare's machines from outside. */
const hashCpu = 300
const requestCpu = 2

type Use = Partial<Record<Meter, number>>

const useOf = ({ rows, kv, r2, images, mails, hashes }: Spent): Use => ({
  requests: 1,
  cpu: requestCpu + hashes * hashCpu,
  rowsRead: rows[0],
  rowsWritten: rows[1],
  kvReads: kv.gets,
  kvWrites: kv.puts,
  kvDeletes: kv.deletes,
  classA: r2.classA,
  classB: r2.classB,
  images,
  mails,
})

const entries = (use: Use) => Object.entries(use) as [Meter, number][]

/** Dollars, without included amounts. */
const dollarsOf = (use: Use) => entries(use).reduce((sum, [meter, n]) => sum + (n * prices[meter].dollars) / 1e6, 0)

export const dollarsOfAMillion = (budget: Budget) => dollarsOf(useOf(inFull(budget))) * 1e6

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
export const money = (dollars: number) => `$${dollars < 10 ? dollars.toFixed(2) : whole.format(dollars)}`

const share = (part: number) => `${Math.round(part * 100)} %`

const table = (head: string[], rows: string[][]) =>
  [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')

const pair = ([before, after]: [number, number]) => (after === 0 ? `${before}` : `${before} + ${after}`)

/** Whatever is not D1, in words. */
export const besides = ({ kv, r2, images, mails, hashes }: Spent) => {
  const said: [number, string][] = [
    [hashes, 'hash'],
    [mails, 'mail'],
    [kv.gets, 'KV read'],
    [kv.puts, 'KV write'],
    [kv.deletes, 'KV deletion'],
    [r2.classA, 'R2 write'],
    [r2.classB, 'R2 read'],
    [r2.deletes, 'R2 deletion'],
    [images, 'image'],
  ]
  return said
    .filter(([n]) => n > 0)
    .map(([n, words]) => (n === 1 ? words : `${n} × ${words}`))
    .join(', ')
}

const groups: [heading: string, operations: RegExp][] = [
  ['Registration, sessions and links', / \/api\/auth\//],
  ['Own account', / \/(api\/user|avatars)\//],
  ['Administration', / \/api\/admin\//],
  ['The service itself', / \/(?!api\/|avatars\/)/],
]

const line = (operation: string, what: string, budget: Budget) => {
  const spent = inFull(budget)
  const { status, trips, statements, rows } = spent
  const reply = status < 300 ? '' : ` (${status})`
  return [
    `\`${operation}\`: ${what}${reply}`,
    pair(trips),
    pair(statements),
    `${rows[0]}`,
    `${rows[1]}`,
    besides(spent),
    money(dollarsOfAMillion(budget)),
  ]
}

const groupTable = (all: Budgets, operations: RegExp) => {
  const head = [
    'operation: case',
    'D1 trips',
    'statements',
    'rows read',
    'rows written',
    'besides D1',
    'price of a million',
  ]
  const rows = Object.entries(all)
    .filter(([operation]) => operations.test(operation))
    .flatMap(([operation, cases]) =>
      typeof cases === 'string'
        ? [[`\`${operation}\`: as \`${cases}\``, '', '', '', '', '', '']]
        : Object.entries(cases).map(([what, budget]) => line(operation, what, budget)),
    )
  return table(head, rows)
}

const users = 100_000

/** Days of a month: 365.25 / 12. */
const days = 365.25 / 12

type Habit = { what: string; times: number; use: Use }

/** For each row left behind, the cron later writes one more row to remove it. */
const habit = (what: string, times: number, budget: Budget, left: number): Habit => {
  const use = useOf(inFull(budget))
  return { what, times, use: { ...use, rowsWritten: (use.rowsWritten ?? 0) + left } }
}

const cron: Habit = { what: 'runs of the cron', times: days * 1440, use: cleanUp }

const example = () => {
  const logIn = habit(
    'log-ins',
    (users * days) / 7,
    budgetOf('POST /api/auth/login', 'right, a known device'),
    leaves.logIn,
  )
  const refresh = habit('refreshes', users * days * 24, budgetOf('POST /api/auth/refresh', 'first'), leaves.refresh)
  const habits = [logIn, refresh, cron]
  const sum = (meter: Meter) => habits.reduce((total, { times, use }) => total + times * (use[meter] ?? 0), 0)
  const meters = (Object.keys(prices) as Meter[]).filter((meter) => sum(meter) > 0)
  const millions = (n: number) => (n < 1e6 ? (n / 1e6).toFixed(2) : whole.format(n / 1e6))
  const beyond = (meter: Meter) => (Math.max(0, sum(meter) - prices[meter].included) / 1e6) * prices[meter].dollars
  const total = plan + meters.reduce((dollars, meter) => dollars + beyond(meter), 0)
  const hashing = (logIn.times * hashCpu) / sum('cpu')
  return `
${whole.format(users)} users log in once a week, each on a known device, and their clients refresh once an hour, day and night. That makes
${millions(logIn.times)} million log-ins and ${millions(refresh.times)} million refreshes a month. The figures include the cron, which later removes rows that log-ins and
refreshes leave behind: ${leaves.logIn} rows written for a log-in, ${leaves.refresh} for a refresh, and ${cron.use.rowsWritten} for each run that looks for such rows.

${table(
  ['what is billed', 'million a month', 'million included', 'cost of the rest'],
  meters.map((meter) => [
    prices[meter].name,
    millions(sum(meter)),
    whole.format(prices[meter].included / 1e6),
    money(beyond(meter)),
  ]),
)}

With ${money(plan)} for the plan, the bill is ${money(total)} a month, or ${((total / users) * 100).toFixed(2)} cents per user. Rows written are ${share(beyond('rowsWritten') / total)} of it. Hashing takes ${share(hashing)} of
the CPU, which is only ${money((logIn.times * hashCpu * prices.cpu.dollars) / 1e6)} a month even without the included milliseconds. A client that refreshes only while somebody uses it costs proportionally less: it needs a
new access token only when it sends a request. The database stays below 1 GB ([Scale](scale.md#bytes)), and 5 GB are included.
`.trim()
}

export const costsPage = (all: Budgets) => `# Costs

Every operation has a budget. If its cost depends on the case, each case has a row of its own; a status in brackets is that of a
refusal. The tests hold the service to these figures (\`test/operations/\`): trips to D1, statements and operations of the other
bindings must match exactly, and rows are an upper bound. The figures hold with a million users as with a thousand
([Scale](scale.md)). \`npm run costs\` writes this page, and [Performance](../operate/performance.md) explains it.

- **D1 trips** are round trips to the database before the reply. A number after a plus sign counts trips that follow the reply, so no
  client waits for them. A trip takes longer with the distance; Cloudflare does not bill it. **Statements** are the SQL statements
  that the trips carry.
- **Rows** are what D1 bills. They include those of the work after the reply, and each written entry of an index.
- **Besides D1** lists password hashes, mails, and operations of KV, R2 and Images.
- **Price of a million** is that of a million such requests at [the prices](#prices) below, as if a month included nothing.

${groups.map(([heading, operations]) => `## ${heading}\n\n${groupTable(all, operations)}`).join('\n\n')}

## Prices

The service needs Workers Paid, ${money(plan)} a month, because a hash takes more CPU than the free plan allows. This table has
the dollars for each million beyond what a month includes, from Cloudflare's documentation of August 2026.

${table(
  ['what is billed', 'dollars a million', 'million included a month', 'source'],
  Object.values(prices).map(({ name, dollars, included, at }) => [
    name,
    `${dollars}`,
    included < 1e6 ? `${included / 1e6}` : whole.format(included / 1e6),
    `[${at}](https://developers.cloudflare.com/${at}/)`,
  ]),
)}

A deletion from R2 is free. A file of \`/docs\` costs its request and nothing else. Storage costs 0.75 dollars per GB and month in D1
beyond 5 GB, 0.5 in KV beyond 1 GB, and 0.015 in R2 beyond 10 GB.

CPU time is an assumption, because it cannot be measured from outside: ${hashCpu} ms for a hash at \`ln=15,r=8,p=3\`, and ${requestCpu} ms for everything
else that a request does. So a log-in takes as much CPU as ${whole.format((hashCpu + requestCpu) / requestCpu)} other requests, and a million hashes cost ${money(hashCpu * prices.cpu.dollars)}, as much
as ${whole.format((hashCpu * prices.cpu.dollars) / prices.rowsWritten.dollars)} million rows written. Mails and pictures cost most, so the requests that cause them are limited ([Limits](limits.md)).

## An example

${example()}
`
