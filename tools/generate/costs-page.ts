import { type Budget, type budgets, inFull, leaves, type Spent } from '../../test/support/budgets/budgets.ts'
import { type Meter, plan, prices } from './prices.ts'

/** The text of docs/costs.md. */

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

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const money = (dollars: number) => `$${dollars < 10 ? dollars.toFixed(2) : whole.format(dollars)}`

const share = (part: number) => `${Math.round(part * 100)} %`

const table = (head: string[], rows: string[][]) =>
  [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')

const pair = ([before, after]: [number, number]) => (after === 0 ? `${before}` : `${before} + ${after}`)

/** Returns the use of everything but D1, in words. */
const others = ({ kv, r2, images, mails, hashes }: Spent) => {
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
    others(spent),
    money(dollarsOf(useOf(spent)) * 1e6),
  ]
}

const groupTable = (all: typeof budgets, operations: RegExp) => {
  const head = ['', 'D1 trips', 'statements', 'rows read', 'rows written', 'besides', 'a million']
  const rows = Object.entries(all)
    .filter(([operation]) => operations.test(operation))
    .flatMap(([operation, cases]) =>
      typeof cases === 'string'
        ? [[`\`${operation}\`: as \`${cases}\``, '', '', '', '', '', '']]
        : Object.entries(cases as Record<string, Budget>).map(([what, budget]) => line(operation, what, budget)),
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

const example = (all: typeof budgets) => {
  const logIn = habit('log-ins', (users * days) / 7, all['POST /api/auth/login']['right, a known device'], leaves.logIn)
  const refresh = habit('refreshes', users * days * 24, all['POST /api/auth/refresh'].first, leaves.refresh)
  const habits = [logIn, refresh]
  const sum = (meter: Meter) => habits.reduce((total, { times, use }) => total + times * (use[meter] ?? 0), 0)
  const meters = (Object.keys(prices) as Meter[]).filter((meter) => sum(meter) > 0)
  const millions = (n: number) => (n < 1e6 ? (n / 1e6).toFixed(2) : whole.format(n / 1e6))
  const beyond = (meter: Meter) => (Math.max(0, sum(meter) - prices[meter].included) / 1e6) * prices[meter].dollars
  const total = plan + meters.reduce((dollars, meter) => dollars + beyond(meter), 0)
  const hashing = (logIn.times * hashCpu) / sum('cpu')
  return `
${whole.format(users)} users who log in once a week, each on a device that is known, and whose clients refresh once an hour, day and
night: ${millions(logIn.times)} million log-ins and ${millions(refresh.times)} million refreshes a month. What they leave is removed by the cron in time, which
is ${leaves.logIn} rows written more for a log-in and ${leaves.refresh} for a refresh, and counted here.

${table(
  ['', 'million a month', 'included', 'beyond'],
  meters.map((meter) => [
    prices[meter].name,
    millions(sum(meter)),
    whole.format(prices[meter].included / 1e6),
    money(beyond(meter)),
  ]),
)}

With ${money(plan)} for the plan that is ${money(total)} a month, ${((total / users) * 100).toFixed(2)} cents a user. Rows written are ${share(beyond('rowsWritten') / total)} of it. Hashing is ${share(hashing)} of
the CPU, but ${money((logIn.times * hashCpu * prices.cpu.dollars) / 1e6)} a month. Whoever refreshes only while somebody is there pays in proportion: a client needs a new
access token only to ask for something. The database stays below 1 GB ([Scale](scale.md#bytes)), and 5 GB are included.
`.trim()
}

export const costsPage = (all: typeof budgets) => `# Costs

What every operation may cost, in each case that costs something else. This is the table that the tests hold the service
to (\`test/support/budgets/budgets.ts\`): trips to D1, statements and operations of the other bindings exactly, rows at most. It holds with a
million users as with a thousand ([Scale](scale.md)). Written by \`npm run costs\`.

- **D1 trips** are round trips to the database until the reply, and those after it behind a plus: a client does not wait for
  them. A trip is what distance multiplies; it is not billed. *Statements* are what the trips carry.
- **Rows** are those that D1 bills, with what follows the reply. Indexes count when they are written.
- **a million** is the price of so many, with nothing included, at [the prices](#prices) below.

${groups.map(([heading, operations]) => `## ${heading}\n\n${groupTable(all, operations)}`).join('\n\n')}

## Prices

Workers Paid, ${money(plan)} a month, which the service needs: a hash takes more CPU than the free plan allows. Dollars for a
million beyond what is included every month, as Cloudflare's documentation had them in August 2026.

${table(
  ['', 'dollars a million', 'million included', 'source'],
  Object.values(prices).map(({ name, dollars, included, at }) => [
    name,
    `${dollars}`,
    included < 1e6 ? `${included / 1e6}` : whole.format(included / 1e6),
    `[${at}](https://developers.cloudflare.com/${at}/)`,
  ]),
)}

Deleting from R2 is free, and so are the files of \`/docs\` behind the request. Storage is 0.75 dollars a GB and month in D1
beyond 5 GB, 0.5 in KV beyond 1 GB, and 0.015 in R2 beyond 10 GB.

CPU is assumed, since nobody outside can measure it there: ${hashCpu} ms for a hash at \`ln=15,r=8,p=3\`, and ${requestCpu} ms for all else
that a request does. So a log-in takes the CPU of ${whole.format((hashCpu + requestCpu) / requestCpu)} other requests, and a million hashes cost ${money(hashCpu * prices.cpu.dollars)}, as much
as ${whole.format((hashCpu * prices.cpu.dollars) / prices.rowsWritten.dollars)} million rows written. Mails and pictures are dearer than all else: what causes them is limited ([Limits](limits.md)).

## An example

${example(all)}
`
