import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../cli/lib/process.ts'
import { served, shipped } from './packages.ts'

/**
 * Writes docs/licences.md: which packages are deployed under which licence. `--check` only checks whether the page is
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

What a deployment of Gatehouse holds of others: packages in the Worker's bundle, and those whose files it serves for
\`/docs\` and \`/redoc\`. Generated from \`package-lock.json\` by \`npm run licences\`; \`npm run sbom\` writes the list of
everything, with what builds and tests, as CycloneDX.

| Package | Version | Licence | Where |
|---|---|---|---|
${packages.map(({ name, version, license }) => `| [${name}](https://www.npmjs.com/package/${name}) | ${version} | ${license} | ${served.includes(name) ? 'served' : 'bundle'} |`).join('\n')}

The list of common passwords in \`src/domain/common-passwords.ts\` is made of \`@zxcvbn-ts/language-common\` (MIT); its
notice stands in that file. The numbering plans in \`src/domain/phone-metadata.ts\` are libphonenumber-js's (MIT), made of those
of Google's libphonenumber (Apache-2.0).
`

const path = join(root, 'docs', 'licences.md')
if (!process.argv.includes('--check')) writeFileSync(path, page)
else if (readFileSync(path, 'utf8') !== page) {
  console.error('docs/licences.md is out of date: npm run licences')
  process.exitCode = 1
}
