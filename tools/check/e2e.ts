import { type Ended, ended, endTogether, startNode } from '../../cli/lib/process.ts'
import {
  browserTestFiles,
  browserTestsAtOnce,
  buildForBrowser,
  checkBrowserTypes,
  installBrowserTests,
} from './browser-tests.ts'

const help = `
Runs only the browser tests: the built-in pages, the mails, the documentation and the examples, each against the
real service, on a phone and on a desktop, light and dark. Screenshots of every page are left in output/screenshots.

  npm run e2e                  everything
  npm run e2e -- mails         the files of e2e/ whose name contains the word: mails, built-in-pages, …
  npm run e2e -- --pictures    screenshots in four views instead of two
  npm run e2e -- --help

It uses an installed Google Chrome, or the browser in CHROME_PATH; on Linux one comes as a package.
`

endTogether()
const given = process.argv.slice(2)
const words = given.filter((word) => !word.startsWith('-'))
const options = given.filter((word) => word.startsWith('-'))
if (options.some((option) => option === '--help' || option === '-h')) {
  console.log(help.trim())
  process.exit(0)
}
const unknown = options.find((option) => option !== '--pictures')
if (unknown) {
  console.error(`Unknown option '${unknown}'. See npm run e2e -- --help`)
  process.exit(1)
}
const files = browserTestFiles(words)
if (files.length === 0) {
  console.error(`No file of e2e/ is named like ${words.join(' or ')}.`)
  process.exit(1)
}

const step = async (name: string, work: () => Promise<Ended>) => {
  console.log(`${name} …`)
  const { status, output } = await work()
  if (status === 0) return
  console.error(output)
  process.exit(status)
}
await step('packages', installBrowserTests)
await step('types', checkBrowserTypes)
await step('build', buildForBrowser)

const env = { E2E_PICTURES: options.includes('--pictures') ? 'four' : undefined }
const { status } = await ended(
  startNode(['--test', `--test-concurrency=${browserTestsAtOnce}`, ...files.sort()], { env }),
)
process.exit(status)
