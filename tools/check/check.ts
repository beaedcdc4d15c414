import { cpSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { type Ended, endTogether, root, run, runNode } from '../../cli/lib/process.ts'
import { requirementsState } from '../requirements/state.ts'
import {
  browserTestFiles,
  browserTestsAtOnce,
  buildForBrowser,
  checkBrowserTypes,
  installBrowserTests,
} from './browser-tests.ts'
import { failures, keep, type Result } from './test-results.ts'
import { type Counts, nodeTests, vitest } from './test-run.ts'

const help = `
Runs every check. The last line says how many tests passed and failed.

  npm test                     everything
  npm test -- FILE [OPTIONS]   the tests of one file; options go to the test runner, for example -t "works once"
  npm test -- --help
`

const script = (name: string) => join(root, 'tools', `${name}.ts`)

/** Whether drizzle-kit would add a migration to a copy of the existing ones. It exits with 0 in either case. */
const migrations = async (): Promise<Ended> => {
  // Inside the project: drizzle-kit accepts relative paths only, and on Windows none leads to another drive.
  const copy = join(root, 'node_modules', '.cache', 'gatehouse', 'migrations')
  rmSync(copy, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  cpSync(join(root, 'migrations'), copy, { recursive: true })
  const out = relative(root, copy).replaceAll('\\', '/')
  const args = ['generate', '--dialect', 'sqlite', '--schema', './src/storage/schema.ts', '--out', `./${out}`]
  const { output } = await run('drizzle-kit', args)
  rmSync(copy, { recursive: true, maxRetries: 10, retryDelay: 200 })
  if (output.includes('No schema changes')) return { status: 0, output }
  return {
    status: 1,
    output: `${output}\nThe migrations do not match src/storage/schema.ts: npm run migration`,
  }
}

const wranglerTypes = ['types', 'src/bindings.d.ts', '--include-runtime', 'false', '--strict-vars', 'false', '--check']

/**
 * Returns every folder with a tsconfig.json of ours. They are separate programs because they differ in their globals.
 */
const programs = () =>
  ['tsconfig.json', ...globSync('{client,cli,tools,test,ui}/**/tsconfig.json', { cwd: root })].map(dirname)

const checks: { name: string; check: () => Promise<Ended> }[] = [
  { name: 'format and lint', check: () => run('biome', ['check', '--error-on-warnings', '--colors=off', '.']) },
  { name: 'generated: src/bindings.d.ts', check: () => run('wrangler', wranglerTypes) },
  { name: 'generated: migrations', check: migrations },
  { name: 'generated: docs/openapi.json', check: () => runNode([script('generate/build'), '--check']) },
  { name: 'generated: docs/reference/licences.md', check: () => runNode([script('packages/licences'), '--check']) },
  { name: 'generated: docs/reference/costs.md', check: () => runNode([script('generate/costs'), '--check']) },
  { name: 'generated: words', check: () => runNode([script('generate/words'), '--check']) },
  { name: 'generated: client', check: () => runNode([script('generate/client'), '--check']) },
  { name: 'build', check: () => runNode([script('generate/build')]) },
  { name: 'documentation', check: () => runNode([script('docs/check-docs')]) },
  ...programs().map((folder) => ({
    name: `types: ${folder === '.' ? 'src' : folder.replaceAll('\\', '/')}`,
    check: () => run('tsc', ['-p', folder]),
  })),
  { name: 'packages of the browser tests and of the examples', check: installBrowserTests },
  { name: 'types: browser tests and examples', check: checkBrowserTypes },
  { name: 'build of the example', check: buildForBrowser },
]

/**
 * Tests in test/node test the whole service from outside, with Node's own runner. Those in test/worker run inside
 * workerd.
 */
const ofNode = (path: string) => /(^|[\\/])test[\\/]node[\\/]/.test(path)

const nodeFolders = () => [...new Set(globSync('test/node/*/*.test.ts', { cwd: root }).map(dirname))].sort()

/** Test files of commands share only public/, which is built before them, and spend most of their time waiting. */
const atOnce = (folder: string) => (basename(folder) === 'commands' ? 2 : 1)

const suites = [
  { name: 'tests inside workerd', test: (report: string) => vitest(report, ['--allowOnly=false']) },
  ...nodeFolders().map((folder) => ({
    name: `tests in ${folder.replaceAll('\\', '/')}`,
    test: (report: string) =>
      nodeTests(report, globSync(`${folder.replaceAll('\\', '/')}/*.test.ts`, { cwd: root }), atOnce(folder)),
  })),
  {
    name: 'tests in a browser',
    test: (report: string) => nodeTests(report, browserTestFiles().sort(), browserTestsAtOnce),
  },
]

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`

/** Prints the last line, which other programs parse. */
const close = ({ passed, failed }: Counts) => {
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

/**
 * Checks that every requirement has a passing test, that every id in a test title exists, and that docs/contribute/asvs.md is
 * current.
 */
const requirements = async (results: Result[]): Promise<Ended> => {
  keep(results)
  const { faults, stale } = await requirementsState(results)
  const lines = [...faults, ...(stale ? ['docs/contribute/asvs.md is out of date: npm run asvs'] : [])]
  return { status: lines.length > 0 ? 1 : 0, output: lines.join('\n') }
}

const everything = async (folder: string) => {
  const total = { passed: 0, failed: 0 }
  const results: Result[] = []
  let complete = true
  const red: string[] = []
  const from = Date.now()

  const hold = async (name: string, check: () => Promise<Ended>) => {
    const since = Date.now()
    process.stdout.write(`${name} … `)
    const { status, output } = await check()
    console.log(`${status === 0 ? 'ok' : 'FAILED'} (${seconds(since)})`)
    if (status === 0) return
    console.log(`${output.trimEnd()}\n`)
    red.push(name)
    total.failed++
  }

  for (const { name, check } of checks) await hold(name, check)
  for (const [index, { name, test }] of suites.entries()) {
    const since = Date.now()
    console.log(`\n${name}:`)
    const { passed, failed, results: found } = await test(join(folder, `${index}`))
    results.push(...(found ?? []))
    complete &&= found !== undefined
    console.log(`${name}: ${failed === 0 ? 'ok' : 'FAILED'} (${seconds(since)})`)
    total.passed += passed
    total.failed += failed
    if (failed > 0) red.push(name)
  }

  console.log()
  // If a suite left no report, its tests are unknown, and requirements would wrongly appear untested.
  if (complete)
    await hold('generated: docs/contribute/asvs.md, and every requirement has its test', () => requirements(results))

  for (const failure of failures(results)) console.log(`\n${failure}`)
  console.log(`\n${red.length === 0 ? 'Everything holds' : `Failed: ${red.join(', ')}`} (${seconds(from)}).`)
  return close(total)
}

/** Runs the tests of single files only, for somebody who works on them. */
const oneFile = async (folder: string, args: string[]) => {
  const { status, output } = await runNode([script('generate/build')])
  if (status !== 0) console.log(output)
  const report = join(folder, 'report')
  const files = args.filter(ofNode)
  // Node's runner accepts options before files only.
  const options = args.filter((arg) => !ofNode(arg))
  const run = files.length > 0 ? nodeTests(report, [...options, ...files]) : vitest(report, args)
  return close(await run)
}

endTogether()
const args = process.argv.slice(2)
if (args.includes('--help') || args.includes('-h')) {
  console.log(help.trim())
} else {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-check-'))
  process.on(
    'exit',
    () => existsSync(folder) && rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  )
  process.exit(args.length > 0 ? await oneFile(folder, args) : await everything(folder))
}
