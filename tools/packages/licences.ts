import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../cli/lib/process.ts'
import { served, shipped } from './packages.ts'

/**
 * Writes docs/reference/licences.md: which packages are deployed under which licence. `--check` only checks whether the page is
 * current.
 */

/** Licences that allow use, modification and redistribution in return for their notice. */
const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']

const packages = shipped()
const others = packages.filter(({ license }) => !permissive.includes(license ?? ''))
if (others.length > 0) {
  console.error(
    `Not a licence of the list in tools/packages/licences.ts: ${others.map(({ name, license }) => `${name} ${license}`).join(', ')}`,
  )
  process.exit(1)
}

const page = `# Licences

The third-party packages that a deployment of Gatehouse contains: those in the Worker's bundle, and those whose files it serves for
\`/docs\` and \`/redoc\`. \`npm run licences\` generates this page from \`package-lock.json\`. \`npm run sbom\` writes the full list as
CycloneDX, including the packages that build and test.

| Package | Version | Licence | Where |
|---|---|---|---|
${packages.map(({ name, version, license }) => `| [${name}](https://www.npmjs.com/package/${name}) | ${version} | ${license} | ${served.includes(name) ? 'served' : 'bundle'} |`).join('\n')}

The list of common passwords in \`src/domain/common-passwords.ts\` is derived from \`@zxcvbn-ts/language-common\` (MIT); its
notice is in that file. The numbering plans in \`src/domain/phone-metadata.ts\` come from libphonenumber-js (MIT), which derives them
from Google's libphonenumber (Apache-2.0).
`

const path = join(root, 'docs', 'reference', 'licences.md')
if (!process.argv.includes('--check')) writeFileSync(path, page)
else if (readFileSync(path, 'utf8') !== page) {
  console.error('docs/reference/licences.md is out of date: npm run licences')
  process.exitCode = 1
}
