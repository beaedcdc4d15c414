import { ours } from './plan.ts'
import { loadTable, type Report, startupTable, type Table, tripsTable } from './table.ts'

/** Renders a table in Markdown, with numbers aligned to the right. */
const markdown = ([headings, ...rows]: Table): string => {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const rule = headings!.map((_, column) => (rows.some((row) => /^[\d.]/.test(row[column]!)) ? '--:' : '---'))
  return [line(headings!), `|${rule.join('|')}|`, ...rows.map(line)].join('\n')
}

/** Returns where Gatehouse reads or writes more rows. D1 is billed by rows. */
const rowsBehind = ({ trips }: Report): string[] =>
  trips
    .filter(({ who }) => who === ours)
    .flatMap((own) => {
      const rivals = trips.filter(({ who, operation }) => who !== ours && operation === own.operation)
      const read = Math.min(...rivals.map(({ rowsRead }) => rowsRead))
      const written = Math.min(...rivals.map(({ rowsWritten }) => rowsWritten))
      const more = [
        own.rowsRead > read ? `reads ${own.rowsRead} rows, the peer ${read}` : '',
        own.rowsWritten > written ? `writes ${own.rowsWritten}, the peer ${written}` : '',
      ].filter(Boolean)
      return more.length > 0 ? [`- *${own.operation}*: Gatehouse ${more.join('; ')}.`] : []
    })

/** Returns a sentence if the bundle of the peer without plugins is smaller. */
const sizeBehind = ({ startups }: Report): string[] => {
  const [own, core] = [ours, 'Better Auth'].map((name) => startups.find(({ who }) => who === name)!)
  const kib = (bytes: number) => (bytes / 1024).toFixed(1)
  return core!.gzip < own!.gzip
    ? [`- *size*: Better Auth without plugins has ${kib(core!.gzip)} KiB, Gatehouse ${kib(own!.gzip)}, compressed.`]
    : []
}

/** Returns in words where Gatehouse is behind, so that nobody has to look for it. */
const behind = (report: Report): string[] => {
  const rows = loadTable(report).slice(1)
  const slower = rows.flatMap(([operation, who, , , , , , , , , rate, cpu]) => {
    const less = [
      rate !== '' && Number(rate) < 1 ? `more requests per second (× ${rate})` : '',
      cpu !== '' && Number(cpu) < 1 ? `less CPU time (× ${cpu})` : '',
    ].filter(Boolean)
    return less.length > 0 ? [`- *${operation}*: ${who} has ${less.join(' and ')}.`] : []
  })
  const all = [...slower, ...rowsBehind(report), ...sizeBehind(report)]
  return all.length > 0 ? all : ['- Nowhere in this run.']
}

/** Returns the whole of docs/reference/benchmark.md. All its figures come from one run. */
export const page = (report: Report, failed: string[]): string => `# Benchmark

[Better Auth](https://www.better-auth.com) is the library that people choose for the same purpose on Workers and D1. In this
benchmark, it and Gatehouse do the same work. On this page Better Auth is called the peer. \`npm run bench\` in \`bench/\` writes the
page; the figures are also in [results/latest.json](../../bench/results/latest.json).

\`\`\`sh
cd bench
npm run bench              # all of it, about twenty minutes; use the machine for nothing else meanwhile
npm run bench -- --quick   # the same checks with few requests, under two minutes
npm run floor              # the CPU time of profile and refresh, compared with the least that each must do
npm run flood              # a hundred log-ins at once, and how they affect other requests
\`\`\`

![Bars: requests per second of Gatehouse, divided by those of the peer, for each operation](../images/benchmark.svg)

**The last run**${report.full ? '' : ', a quick one, whose times say little'}: ${report.date}, ${report.machine}. Versions: ${Object.entries(
  report.versions,
)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}. ${failed.length === 0 ? 'Every check held.' : `Failed: ${failed.join('; ')}.`}

## Round trips to D1

These counts are exact, for a warm isolate. *after* marks trips that follow the reply; the reply waits for all others. D1 has one
primary, and a trip to it from the other side of the world takes a quarter of a second, so trips decide how long a user waits. The
last three columns are the rows that D1 reads and writes before the reply.

${markdown(tripsTable(report))}

## Load

The columns after *1:* are measured with one connection, those after *16:* with 16, each with one request at a time. *spread* is the
slowest and the fastest of ${report.effort.rounds} rounds. *CPU* is the CPU time of the workerd process that serves, for each request, including the simulator of
D1. *shed* counts requests that got \`Retry-After\` and were repeated. *× rate* is Gatehouse's requests per second divided by the peer's,
at 16 connections; *× CPU* is the peer's CPU time divided by Gatehouse's. **Above 1 Gatehouse is ahead; below 1 the peer is.** The rows
*floor* measure Workers that do one thing and nothing else, for comparison.

${markdown(loadTable(report))}

Where the peer is ahead:

${behind(report).join('\n')}

## Size and start

Each Worker is bundled by wrangler and minified; Cloudflare's limit applies to the size after gzip. Start times are medians over fresh
processes.

${markdown(startupTable(report))}

## What is compared with what

| Row or column | How it was run |
|---|---|
| Gatehouse and Better Auth | the same workerd and compatibility date, the same browser headers, and a database for each with ${report.effort.users} users. An address is verified by a mailed link before the first log-in; mail goes through the local \`send_email\` binding |
| Gatehouse | \`src/index.ts\` of this repository with two settings that are not the default. \`THROTTLE_FACTOR\` lets one network do the work of many; the counters in D1 are still written. \`LOG=refusals\` leaves out the log line of each request, because the peer writes none, and because in a simulator the line costs more than the request ([what it costs](../decisions/0018-observability.md#what-it-costs)) |
| Better Auth | as its documentation describes for Hono on [Workers](https://better-auth.com/docs/guides/cloudflare): one instance per isolate on native D1, work after the reply by \`waitUntil\`, the client address from \`CF-Connecting-IP\`. Its rate limits are off: they are kept in the memory of an isolate, or in a table with two more trips for each request |
| Better Auth, tuned | with \`advanced.database.joins\`, which its documentation recommends for fewer queries |
| Better Auth, … cookie cache | with \`session.cookieCache\` of five minutes: a signed cookie proves the session without a query, so a session that has ended is still accepted for up to five minutes. The counterpart of Gatehouse is another Worker that verifies access tokens with the published keys; they are valid for fifteen minutes by default |
| Better Auth, … with our hash | with Gatehouse's scrypt (N=2^15, r=8, p=3, the same code), so that only the work around the hash differs. The peer's own hash (N=2^14, r=16, p=1, native code) is cheaper, because it is below what OWASP and ASVS ask for |
| Better Auth, … admin and jwt | with the two plugins that list users and issue JWTs. The others run without these plugins, which add queries |
| Better Auth, … everything | with the plugins admin, api-key, bearer, email-otp, jwt, magic-link, oauth-provider, organization, passkey and two-factor, which a complete service needs. Gatehouse is always complete: it has one form |
| *refresh a session* | Gatehouse replaces the refresh token by its successor, detects reuse, and signs an access token. The peer has no rotation: it answers \`get-session\` for a session that is a day old, and renews its row |
| *issue a token* | Gatehouse refreshes, as above. The peer answers at the token endpoint of its plugin, for a session |
| *change password* | both end all other sessions; the reply of the peer also has a new session |

${machineNote}

\`bench/package.json\` overrides the versions of the packages that the peer depends on.
`

const machineNote =
  'The load, the Worker and the simulator of D1, KV and mail share the cores of one machine, and nothing is far away. So requests per second and milliseconds are not those of Cloudflare, but CPU time, ratios and counts can be compared. A hash takes a whole core while it runs. At 16 connections Gatehouse lets some requests wait and asks the others to come back later, which shows in its p99; the peer accepts all of them at once.'
