import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { ended, endTogether, root, runNode, startNode } from '../../cli/lib/process.ts'
import { type Mutation, mutations } from './mutations.ts'

const help = `
Puts faults into a copy of the source, one at a time, and runs the tests that must notice them. Writes docs/contribute/mutations.md.

  npm run mutate                  every mutation; some ten seconds each
  npm run mutate -- WORD…         only those whose name contains one of the words; the page stays as it is
  npm run mutate -- --missing     only those that the page lacks; adds their rows, and removes rows without a mutation
  npm run mutate -- --help

Exits with 1 if a mutation survives.
`

type Report = { testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[] }

/** The files that the tests need. node_modules is shared. */
const copied = [
  'src',
  'test',
  'ui',
  'docs',
  'public',
  'i18n',
  'migrations',
  'cli',
  'tools',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'wrangler.toml',
]

/** Returns the first failing test, in the order of the given files; undefined if there is none. */
const firstFailure = ({ testResults }: Report, folder: string, files: string[]) => {
  for (const file of files) {
    const results = testResults.find(({ name }) => relative(folder, name).replaceAll('\\', '/') === file)
    const failed = results?.assertionResults.find(({ status }) => status === 'failed')
    if (failed) return { file, name: failed.fullName.trim() }
  }
}

const tryOut = async (folder: string, { file, from, to, tests }: Mutation) => {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${file} does not hold this once: ${from}`)
  const report = join(folder, 'report.json')
  rmSync(report, { force: true })
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--root', folder, '--reporter=json', `--outputFile=${report}`, ...tests]
  await ended(startNode(args, { stdio: 'ignore', env: { WRANGLER_LOG: 'error' } }))
  writeFileSync(path, text)
  return firstFailure(JSON.parse(readFileSync(report, 'utf8')) as Report, folder, tests)
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** The beginning of a row, which says what was changed. */
const changeOf = ({ name, file, means }: Mutation) => `| ${cell(name)} | \`${file}\` | ${cell(means)} | `

const rowOf = (mutation: Mutation, caught: { file: string; name: string }) =>
  `${changeOf(mutation)}\`${caught.file}\`: ${cell(caught.name)} |`

const page = (rows: string[]) => `# Mutations

Each row is a fault that was put into the source on purpose, in a line that security depends on, and the first test that failed.
\`npm run mutate\` makes this page from \`tools/prove/mutations.ts\`; \`npm test\` checks that every fault still fits the source.

| What was changed | Where | What it would mean | Noticed by |
|---|---|---|---|
${rows.join('\n')}
`

endTogether()
const given = process.argv.slice(2)
const missing = given.includes('--missing')
const words = given.filter((word) => word !== '--missing')
if (words.some((word) => word === '--help' || word === '-h')) {
  console.log(help.trim())
  process.exit(0)
}
const unknown = words.find((word) => word.startsWith('-'))
if (unknown) {
  console.error(`Unknown option '${unknown}'. See npm run mutate -- --help`)
  process.exit(1)
}

const { status, output } = await runNode([join(root, 'tools', 'generate', 'build.ts')])
if (status !== 0) {
  console.error(output)
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mutate-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true })
// A junction is a symbolic link that Windows lets every user create.
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')

const pagePath = join(root, 'docs', 'contribute', 'mutations.md')
const listed = readFileSync(pagePath, 'utf8').split(/\r?\n/)
const rows = new Map<Mutation, string>()
if (missing)
  for (const mutation of mutations) {
    const row = listed.find((line) => line.startsWith(changeOf(mutation)))
    if (row) rows.set(mutation, row)
  }
const chosen = mutations.filter(
  (mutation) => !rows.has(mutation) && (words.length === 0 || words.some((word) => mutation.name.includes(word))),
)
let survived = 0
for (const [index, mutation] of chosen.entries()) {
  process.stdout.write(`${index + 1}/${chosen.length} ${mutation.name} … `)
  const caught = await tryOut(folder, mutation)
  console.log(caught ? `noticed by ${caught.file}: ${caught.name}` : 'SURVIVED')
  if (caught) rows.set(mutation, rowOf(mutation, caught))
  else survived++
}
console.log(`${chosen.length - survived} noticed, ${survived} survived.`)
if (words.length === 0 && survived === 0)
  writeFileSync(pagePath, page(mutations.flatMap((mutation) => rows.get(mutation) ?? [])))
process.exitCode = survived === 0 && (missing || chosen.length > 0) ? 0 : 1
