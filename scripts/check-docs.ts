import { limitFigures, settings, storage, vocabulary } from './docs-figures.ts'
import { endpoints, errors, functions, index, links, paths, snippets } from './docs-references.ts'
import { growth } from './growth.ts'
import { latency } from './latency.ts'

/** Compares the documentation with the code, says each difference in a line, and exits with 1 if there is one. */

const faults = [
  ...links(),
  ...index(),
  ...endpoints(),
  ...paths(),
  ...errors(),
  ...functions(),
  ...settings(),
  ...limitFigures(),
  ...storage(),
  ...vocabulary(),
  ...latency.faults(),
  ...growth.faults(),
  ...(await snippets()),
]
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
