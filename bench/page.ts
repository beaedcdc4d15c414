import { ours } from './plan.ts'
import { loadTable, type Report, startupTable, type Table, tripsTable } from './table.ts'

/** In Markdown: numbers to the right. */
const markdown = ([headings, ...rows]: Table): string => {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const rule = headings!.map((_, column) => (rows.some((row) => /^[\d.]/.test(row[column]!)) ? '--:' : '---'))
  return [line(headings!), `|${rule.join('|')}|`, ...rows.map(line)].join('\n')
}

/** Rows are what D1 is paid by. */
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

/** Where Gatehouse is behind, in words; nobody should have to look for it. */
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

/** docs/reference/benchmark.md, whole: what stands there was measured by one run. */
export const page = (report: Report, failed: string[]): string => `# Benchmark

Gatehouse and [Better Auth](https://www.better-auth.com), the library that people pick for the same on Workers and D1, at
the same work in one run. Written by \`npm run bench\` in \`bench/\`; the figures are also in
[results/latest.json](../../bench/results/latest.json).

\`\`\`sh
cd bench
npm run bench              # all of it, about twelve minutes; leave the machine alone meanwhile
npm run bench -- --quick   # under two minutes: the checks, with few requests
npm run floor              # CPU time of profile and refresh beside the least that each must do
npm run flood              # a hundred log-ins at once, and what the others feel of it
\`\`\`

**The last run**${report.full ? '' : ', a quick one, whose times say little'}: ${report.date}, ${report.machine}. Versions: ${Object.entries(
  report.versions,
)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}. ${failed.length === 0 ? 'Every check held.' : `Failed: ${failed.join('; ')}.`}

## Round trips to D1

Exact, in a warm isolate, before the reply; *after* is what the reply does not wait for. D1 has one primary, and a trip to
it from the other side of the world takes a quarter of a second: this is what a user waits for.

${markdown(tripsTable(report))}

## Load

*1* and *16*: connections, each with one request at a time. *spread*: the slowest and the fastest round, of ${report.effort.rounds}.
*CPU*: time of the serving workerd for each request, the simulator of D1 included. *× rate*: Gatehouse's requests per
second divided by the peer's, at 16 connections; *× CPU*: the peer's CPU time divided by Gatehouse's. **Above 1 Gatehouse
is ahead, below 1 the peer is.** *shed*: requests that were told to come back later, came back, and waited for it.

${markdown(loadTable(report))}

Where the peer is ahead:

${behind(report).join('\n')}

## Size and start

Bundled by wrangler, minified; \`gzip\` as Cloudflare counts it. Start: medians over fresh processes.

${markdown(startupTable(report))}

## What is compared with what

| | |
|---|---|
| Both | the same workerd and compatibility date, a database of their own with ${report.effort.users} users, the same browser's headers; an address is verified by a mailed link before the first log-in; mail by the local \`send_email\` binding |
| Gatehouse | \`src/index.ts\` of this tree with its settings' defaults, except \`THROTTLE_FACTOR\`, which lets one network do the work of many, and \`LOG=refusals\`: its counters in D1 are written all the same, but no line for each request, which the peer does not write either, and which costs a simulator more than the request ([what it costs](decisions/observability.md#what-it-costs)). |
| Better Auth | as its documentation has it for Hono on [Workers](https://better-auth.com/docs/guides/cloudflare): one instance per isolate on native D1, work after the reply by \`waitUntil\`, the address of \`CF-Connecting-IP\`. Its rate limits are off: they live in the memory of an isolate, or in a table at two more trips each. |
| tuned | with \`advanced.database.joins\`, which its documentation offers for fewer queries |
| cookie cache | \`session.cookieCache\`, five minutes: the session is believed from a signed cookie, so that one that was ended passes until then. Compared with its like: another Worker that checks Gatehouse's access token by the published keys, which holds for fifteen minutes by default. |
| with our hash | Gatehouse's scrypt (N=2^15, r=8, p=3, the same code) in place of its own, so that what surrounds the hash is compared. Its own (N=2^14, r=16, p=1, native code) is below what OWASP and ASVS ask for; Gatehouse's costs more because it must. |
| admin and jwt | with the two plugins that list users and issue JWTs; elsewhere they are left out, for they ask D1 for more |
| refresh a session | Gatehouse: the refresh token is turned into its successor, reuse is found, an access token is signed. Peer: \`get-session\` of a session a day old, whose row it renews; it has no rotation. |
| issue a token | Gatehouse: the same refresh. Peer: the token endpoint of its plugin, from the session. |
| change password | both end all other sessions; the peer's reply has a new one |

What this machine means: ${machineNote}

Helper packages of the peer are at the versions that \`bench/package.json\` overrides them to.
`

const machineNote =
  'the load, the Worker and the simulator of D1, KV and mail share its cores, so requests per second are not those of Cloudflare, and neither are milliseconds: nothing is far away here. What compares is the CPU time, the ratios, and the counts. A hash takes a whole core while it runs; at 16 connections Gatehouse lets some wait and tells the others when to come back, which is in its p99. The peer takes all of them in at once.'
