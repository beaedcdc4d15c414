import { type Main, readArguments, runCommand } from '../../cli/lib/command.ts'
import { Stop } from '../../cli/lib/database.ts'
import { npm } from './npm.ts'
import { shipped } from './packages.ts'

const help = `
Asks the registry for known vulnerabilities of the packages in package-lock.json (npm audit).

  npm run audit [-- --allow-unanswered]

Lists all vulnerabilities. Exits with 1 if a deployed package has one of severity high or critical. SECURITY.md
says how soon they are fixed. Exits with 2 if nothing was checked, because the registry could not be reached or, like
some mirrors, does not support the question.

  --allow-unanswered   exits with 0 if the registry does not support the question, and still says that nothing was checked
  --help
`

type Vulnerability = {
  name: string
  severity: 'info' | 'low' | 'moderate' | 'high' | 'critical'
  range: string
  via: (string | { title: string; url: string })[]
  nodes: string[]
}
type Report = { vulnerabilities?: Record<string, Vulnerability>; message?: string; statusCode?: number }

/**
 * Whether the registry does not support the question (RFC 9110 §15.5.5, §15.5.6, §15.6.2). Any other failure may be
 * temporary.
 */
const unsupported = ({ message = '', statusCode = Number(/^\d{3}\b/.exec(message)?.[0]) }: Report) =>
  [404, 405, 501].includes(statusCode)

const reported = (text: string): Report => {
  try {
    return JSON.parse(text) as Report
  } catch {
    return { message: 'it gave no report' }
  }
}

/** `npm run audit` */
export const audit: Main = async (args) => {
  const { values, positionals } = readArguments('audit', args, {
    'allow-unanswered': { type: 'boolean', default: false },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  if (positionals.length > 0) throw new Stop('npm run audit takes no file. See npm run audit -- --help')
  const report = reported(await npm(['audit', '--json', '--loglevel=silent']))
  if (!report.vulnerabilities) {
    const without = unsupported(report)
    const why = without ? 'this registry has no data on vulnerabilities' : (report.message ?? 'it gave no report')
    console.error(`NOTHING WAS CHECKED for known vulnerabilities: ${why}.`)
    if (without && values['allow-unanswered']) return 0
    if (without) console.error('Ask another registry (npm_config_registry), or accept this with --allow-unanswered.')
    return 2
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
  return grave.length > 0 ? 1 : 0
}

if (import.meta.main) await runCommand(audit)
