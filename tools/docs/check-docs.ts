import { commands } from './commands.ts'
import { decisions } from './decisions.ts'
import { errorPage } from './error-codes.ts'
import { limitFigures, settings, storage, vocabulary } from './figures.ts'
import { growth } from './growth.ts'
import { performance } from './performance.ts'
import { endpoints, errors, functions, index, links, paths, snippets } from './references.ts'
import { repeated } from './repeated.ts'

/**
 * Compares the documentation with the code, prints each difference on a line, and exits with 1 if there is one.
 * `--without-snippets` leaves out the snippets, each of which takes a process.
 */

const faults = [
  ...links(),
  ...index(),
  ...decisions(),
  ...commands(),
  ...endpoints(),
  ...paths(),
  ...errors(),
  ...functions(),
  ...settings(),
  ...limitFigures(),
  ...storage(),
  ...vocabulary(),
  ...repeated(),
  ...performance.faults(),
  ...growth.faults(),
  ...errorPage.faults(),
  ...(process.argv.includes('--without-snippets') ? [] : await snippets()),
]
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
