import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endTogether, root, runNode } from '../../cli/lib/process.ts'
import { vitest } from '../check/test-run.ts'
import {
  costTables,
  deepPages,
  few,
  linesOf,
  type Measured,
  measuredOf,
  number,
  page,
  type Size,
  type Spent,
} from './scale-page.ts'

const help = `
Measures what every operation costs with a thousand users and with a million: round trips and rows of D1, and bytes.
Writes docs/reference/scale.md. Fails if a request reads more than 1,100 rows, or a list over eight rows more than with a thousand users.

  npm run scale [-- --users NUMBER]

The database is made in a temporary folder; a million users take 2 GB and some minutes. Other numbers change no document.
`

type Meta = { cost?: Measured; budget?: Spent; size?: Size }
type Report = { testResults: { assertionResults: { meta: Meta }[] }[] }

const opening = '<!-- measured: written by `npm run scale` -->'
const closing = '<!-- /measured -->'

/** Writes the measured part. The text around it is written by hand and stays. */
const write = (text: string) => {
  const file = join(root, 'docs', 'reference', 'scale.md')
  const before = existsSync(file) ? readFileSync(file, 'utf8') : `# Scale\n\n${opening}\n${closing}\n`
  const [head, rest] = before.split(opening)
  const tail = rest?.split(closing)[1]
  if (head === undefined || tail === undefined)
    throw new Error(`docs/reference/scale.md has no part that begins with ${opening}`)
  writeFileSync(file, `${head}${opening}\n${text}\n${closing}${tail}`)
}

const million = 1_000_000

const main = async () => {
  const options = { users: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const users = Number(values.users ?? million)
  if (!Number.isInteger(users) || users <= few || users > 5_000_000) {
    console.error('--users must be a number from 1,001 to 5,000,000.')
    return 1
  }
  const build = await runNode([join(root, 'tools', 'generate', 'build.ts')])
  if (build.status !== 0) {
    console.error(build.output)
    return 1
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-scale-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const report = join(folder, 'report.json')
  process.env.TEST_SCALE = `${few},${users}`
  const { passed, failed } = await vitest(report, [
    'test/worker/budgets.test.ts',
    'test/worker/scale.test.ts',
    '--disable-console-intercept',
  ])
  if (!existsSync(report)) return 1

  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
  const metas = testResults.flatMap((file) => file.assertionResults.map(({ meta }) => meta))
  const measured = metas.flatMap(({ budget, cost }) => (budget ? measuredOf(budget) : (cost ?? [])))
  const size = metas.flatMap(({ size }) => size ?? []).find((made) => made.users === users)
  const lines = linesOf(measured, users)
  console.log(costTables(lines, users))
  const bounded = measured.filter(({ group }) => group !== 'Cron' && group !== deepPages)
  const reached = Math.max(...bounded.map(({ rowsRead }) => rowsRead))
  console.log(`\nThe most that one request reads: ${number(reached)} rows. ${passed} checks passed, ${failed} failed.`)
  if (failed > 0 || !size) return 1
  if (users !== million) return 0
  write(page(lines, size, reached))
  console.log('Written to docs/reference/scale.md.')
  return 0
}

endTogether()
try {
  process.exit(await main())
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw error
  console.error(`${(error as Error).message}. See npm run scale -- --help`)
  process.exit(1)
}
