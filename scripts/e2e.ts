import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './npm.ts'
import { type Ended, ended, endTogether, root, run, runNode, startNode } from './process.ts'

const help = `
Runs the browser tests: the built-in pages, the mails, the documentation and the example site, each against the real
service, on a phone and on a desk, light and dark.

  npm run e2e                  everything
  npm run e2e -- mails         the files of e2e/ whose name contains the word: mails, built-in-pages, …
  npm run e2e -- --pictures    and leave pictures of every page in output/screenshots, in four views each
  npm run e2e -- --built       the example site as npm test built it there, and not anew
  npm run e2e -- --help

Google Chrome is used where it is installed, or the browser in CHROME_PATH; on Linux one comes as a package.
`

/** Folders with a package.json of their own that the tests need. */
const folders = ['e2e', 'examples/astro']

/** Whether what is installed there is as old as the lock file wants it. npm writes `.package-lock.json` after everything else. */
const isInstalled = (folder: string) => {
  const installed = join(root, folder, 'node_modules', '.package-lock.json')
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, folder, 'package-lock.json')).mtimeMs
  )
}

endTogether()
const given = process.argv.slice(2)
const words = given.filter((word) => !word.startsWith('-'))
const options = given.filter((word) => word.startsWith('-'))
if (options.some((option) => option !== '--pictures' && option !== '--built')) {
  console.log(help.trim())
  process.exit(given.some((word) => word === '--help' || word === '-h') ? 0 : 1)
}
for (const folder of folders) {
  if (isInstalled(folder)) continue
  console.log(`Installing packages in ${folder}. This takes a minute or two.`)
  await npm(['ci'], folder)
  if (isInstalled(folder)) continue
  console.error(`npm ci failed in ${folder}.`)
  process.exit(1)
}
const files = globSync('e2e/*.test.ts', { cwd: root }).filter(
  (file) => words.length === 0 || words.some((word) => file.includes(word)),
)
if (files.length === 0) {
  console.error(`No file of e2e/ is named like ${words.join(' or ')}.`)
  process.exit(1)
}

const orExit = ({ status, output }: Ended) => {
  if (status === 0) return
  console.error(output)
  process.exit(status)
}
// Not among the checks of npm test, which installs nothing in e2e/.
orExit(await run('tsc', ['-p', 'e2e']))
// Once for all: two that start at the same time find it done.
orExit(await runNode([join(root, 'scripts', 'build.ts')]))
if (!options.includes('--built') && files.some((file) => /example|same-site/.test(file))) {
  const astro = join(root, 'examples', 'astro')
  const quiet = { ASTRO_TELEMETRY_DISABLED: '1', ASTRO_DISABLE_UPDATE_CHECK: 'true' }
  orExit(
    await runNode([join(astro, 'node_modules', 'astro', 'bin', 'astro.mjs'), 'build', '--root', astro], { env: quiet }),
  )
}

const env = { E2E_PICTURES: options.includes('--pictures') ? 'yes' : undefined }
const { status } = await ended(startNode(['--test', '--test-concurrency=2', ...files], { env }))
process.exit(status)
