import { writeFileSync } from 'node:fs'
import { readArguments, runCommand } from '../../cli/lib/command.ts'
import { kept } from '../check/test-results.ts'
import { pageFile, requirementsState } from './state.ts'

const help = `
Writes docs/contribute/asvs.md: each requirement, and the tests that showed it in the newest complete run of npm test.

  npm run asvs                 writes the page
  npm run asvs -- --check      writes nothing, and says whether the page is up to date
  npm run asvs -- --names      goes by the names of the tests alone, without results of a run
  npm run asvs -- --help
`

const options = {
  check: { type: 'boolean', default: false },
  names: { type: 'boolean', default: false },
} as const

const main = async (args: string[]) => {
  const { check, names, help: asked } = readArguments('asvs', args, options).values
  if (asked) {
    console.log(help.trim())
    return 0
  }
  const results = names ? undefined : kept()
  if (!names && !results) {
    console.error('There is no complete run yet: run npm test first, or use --names, which needs none.')
    return 1
  }
  const { faults, page, stale } = await requirementsState(results)
  for (const fault of faults) console.error(fault)
  if (stale && check) console.error('docs/contribute/asvs.md is out of date: npm run asvs')
  if (stale && !check) {
    writeFileSync(pageFile, page)
    console.log('docs/contribute/asvs.md is written.')
  }
  if (!stale) console.log('docs/contribute/asvs.md is up to date.')
  return faults.length > 0 || (stale && check) ? 1 : 0
}

await runCommand(main)
