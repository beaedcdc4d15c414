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
  const all = [...slower, ...rowsBehind(report)]
  return all.length > 0 ? all : ['- Nowhere in this run.']
}

/** Returns the whole of docs/reference/benchmark.md. All its figures come from one run. */
export const page = (report: Report, failed: string[]): string => `# Benchmark

Gatehouse and [Better Auth](https://www.better-auth.com), the library that people choose for the same purpose on Workers and D1, do
the same work in one run. \`npm run bench\` in \`bench/\` writes this page; the figures are also in
[results/latest.json](../../bench/results/latest.json).

\`\`\`sh
cd bench
npm run bench              # all of it, about twelve minutes; leave the machine alone meanwhile
npm run bench -- --quick   # under two minutes: the checks, with few requests
npm run floor              # CPU time of profile and refresh, compared with the minimum that each must do
npm run flood              # a hundred log-ins at once, and how they affect other requests
\`\`\`

**The last run**${report.full ? '' : ', a quick one, whose times say little'}: ${report.date}, ${report.machine}. Versions: ${Object.entries(
  report.versions,
)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}. ${failed.length === 0 ? 'Every check held.' : `Failed: ${failed.join('; ')}.`}

## Round trips to D1

These counts are exact, for a warm isolate, before the reply; *after* marks trips that the reply does not wait for. D1 has one
primary, and a trip to it from the other side of the world takes a quarter of a second: this is what a user waits for.

${markdown(tripsTable(report))}

## Load

*1* and *16* are connections, each with one request at a time. *spread* is the slowest and the fastest round of ${report.effort.rounds}.
*CPU* is the time of the serving workerd for each request, including the simulator of D1. *× rate* is Gatehouse's requests per second
divided by the peer's, at 16 connections; *× CPU* is the peer's CPU time divided by Gatehouse's. **Above 1 Gatehouse is ahead; below
1 the peer is.** *shed* counts requests that were told to come back later and did.

${markdown(loadTable(report))}

Where the peer is ahead:

${behind(report).join('\n')}

## Size and start

Bundled by wrangler and minified; \`gzip\` as Cloudflare counts it. Start times are medians over fresh processes.

${markdown(startupTable(report))}

## What is compared with what

| | How it was run |
|---|---|
| Both | the same workerd and compatibility date, a database of their own with ${report.effort.users} users, the same browser headers; an address is verified by a mailed link before the first log-in; mail goes through the local \`send_email\` binding |
| Gatehouse | \`src/index.ts\` of this tree with default settings, except \`THROTTLE_FACTOR\`, which lets one network do the work of many, and \`LOG=refusals\`: counters in D1 are still written, but no log line for each request; the peer writes none either, and it costs a simulator more than the request ([what it costs](../decisions/0018-observability.md#what-it-costs)). |
| Better Auth | as its documentation describes for Hono on [Workers](https://better-auth.com/docs/guides/cloudflare): one instance per isolate on native D1, work after the reply by \`waitUntil\`, the client address from \`CF-Connecting-IP\`. Its rate limits are off: they live in the memory of an isolate, or in a table at two more trips each. |
| tuned | with \`advanced.database.joins\`, which its documentation recommends for fewer queries |
| cookie cache | \`session.cookieCache\`, five minutes: a signed cookie vouches for the session, so a session that was ended still passes until then. It is compared with its counterpart: another Worker that verifies Gatehouse's access token with the published keys, valid for fifteen minutes by default. |
| with our hash | Gatehouse's scrypt (N=2^15, r=8, p=3, the same code) in place of its own, so that the work around the hash is compared. Its own hash (N=2^14, r=16, p=1, native code) is below what OWASP and ASVS ask for; Gatehouse's has to cost more. |
| admin and jwt | with the two plugins that list users and issue JWTs; the other rows leave them out, because they make more D1 queries |
| refresh a session | Gatehouse: the refresh token is exchanged for its successor, reuse is detected, and an access token is signed. Peer: \`get-session\` of a session a day old, whose row it renews; it has no rotation. |
| issue a token | Gatehouse: the same refresh. Peer: its plugin's token endpoint, with a session. |
| change password | both end all other sessions; the peer's reply carries a new one |

How to read these numbers: ${machineNote}

\`bench/package.json\` overrides the versions of the peer's helper packages.
`

const machineNote =
  'the load, the Worker and the simulator of D1, KV and mail share the cores of one machine, so neither requests per second nor milliseconds are those of Cloudflare: nothing is far away here. CPU time, ratios and counts can be compared. A hash takes a whole core while it runs; at 16 connections Gatehouse lets some wait and tells the others when to come back, which shows in its p99. The peer accepts all of them at once.'
