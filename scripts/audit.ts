import { npm } from './npm.ts'
import { shipped } from './packages.ts'

const help = `
Asks the registry for known vulnerabilities of the packages in package-lock.json (npm audit).

  npm run audit

Exits with 1 when a package that is deployed has one of severity high or critical; all others are listed. SECURITY.md
says how soon they are mended. Not every registry answers this question: one that does not is said so, and is no failure.
`

type Vulnerability = {
  name: string
  severity: 'info' | 'low' | 'moderate' | 'high' | 'critical'
  range: string
  via: (string | { title: string; url: string })[]
  nodes: string[]
}
type Report = { vulnerabilities?: Record<string, Vulnerability>; message?: string; statusCode?: number }

const unanswered = ({ message = '', statusCode }: Report) =>
  [404, 405, 501].includes(statusCode ?? 0) || /\b(404|405|501)\b/.test(message)

const main = async () => {
  const text = await npm(['audit', '--json', '--loglevel=silent'])
  const report = JSON.parse(text || '{}') as Report
  if (!report.vulnerabilities) {
    const why = report.message ?? 'it gave no report'
    if (unanswered(report)) return console.log('Not audited: this registry does not tell of vulnerabilities.')
    console.error(`npm audit failed: ${why}`)
    process.exitCode = 1
    return
  }
  const deployed = new Set(shipped().map(({ name }) => name))
  const found = Object.values(report.vulnerabilities)
  for (const { name, severity, range, via } of found) {
    const where = deployed.has(name) ? 'deployed' : 'builds and tests only'
    const advisories = via.flatMap((cause) => (typeof cause === 'string' ? [] : [`${cause.title} ${cause.url}`]))
    console.log(`${severity}: ${name} ${range} (${where}) ${advisories.join('; ')}`)
  }
  const grave = found.filter(({ name, severity }) => deployed.has(name) && ['high', 'critical'].includes(severity))
  console.log(`${found.length} vulnerable packages, ${grave.length} of them deployed and high or critical.`)
  process.exitCode = grave.length > 0 ? 1 : 0
}

const args = process.argv.slice(2)
if (args.length > 0) {
  console.log(help.trim())
  process.exitCode = ['--help', '-h'].includes(args[0]!) ? 0 : 1
} else await main()
