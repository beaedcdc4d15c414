import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments, runCommand } from '../../cli/lib/command.ts'
import { root } from '../../cli/lib/process.ts'
import { budgets } from './budgets.ts'
import { costsPage } from './costs-page.ts'

const help = `
Writes docs/reference/costs.md: what every operation may cost, from the figures that the tests enforce (test/operations/), and its
price by Cloudflare's price list.

  npm run costs                writes the page
  npm run costs -- --check     writes nothing, and says whether the page is up to date
  npm run costs -- --help
`

const options = { check: { type: 'boolean', default: false } } as const

const main = async (args: string[]) => {
  const { check, help: asked } = readArguments('costs', args, options).values
  if (asked) {
    console.log(help.trim())
    return 0
  }
  const path = join(root, 'docs', 'reference', 'costs.md')
  const page = costsPage(budgets)
  if (!check) writeFileSync(path, page)
  else if (readFileSync(path, 'utf8') !== page) {
    console.error('docs/reference/costs.md is out of date: npm run costs')
    return 1
  }
  return 0
}

await runCommand(main)
