import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Main, readArguments, runCommand } from '../../cli/lib/command.ts'
import { Stop } from '../../cli/lib/database.ts'
import { root } from '../../cli/lib/process.ts'
import { served, shipped } from './packages.ts'

const help = `
Writes docs/reference/licences.md: which packages are deployed, under which licence.

  npm run licences [-- OPTIONS]

  --check            writes nothing; the exit code is 1 if the page is out of date
  --help
`

/** Licences that allow use, modification and redistribution in return for their notice. */
const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']

const pageOf = (packages: ReturnType<typeof shipped>) => `# Licences

A deployment of Gatehouse contains these third-party packages. Those marked *bundle* are part of the Worker. Those
marked *served* are in files that it serves: in a script of the account, and at \`/docs\` and \`/redoc\`.
\`npm run licences\` generates this page from \`package-lock.json\`. \`npm run sbom\` writes a full list as CycloneDX, which
also has the packages for building and testing.

| Package | Version | Licence | Bundle or served |
|---|---|---|---|
${packages.map(({ name, version, license }) => `| [${name}](https://www.npmjs.com/package/${name}) | ${version} | ${license} | ${served.includes(name) ? 'served' : 'bundle'} |`).join('\n')}

The list of common passwords in \`src/domain/common-passwords.ts\` is derived from \`@zxcvbn-ts/language-common\` (MIT); its
notice is in that file. The numbering plans in \`src/domain/phone-metadata.ts\` come from libphonenumber-js (MIT), which derives them
from Google's libphonenumber (Apache-2.0).
`

/** @throws {Stop} if a package has a licence that the list does not allow */
const licences: Main = async (args) => {
  const { values, positionals } = readArguments('licences', args, { check: { type: 'boolean', default: false } })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  if (positionals.length > 0)
    throw new Stop(`There is nothing to do with ${positionals[0]}. See npm run licences -- --help`)
  const packages = shipped()
  const others = packages.filter(({ license }) => !permissive.includes(license ?? ''))
  if (others.length > 0)
    throw new Stop(
      `Not a licence of the list in tools/packages/licences.ts: ${others.map(({ name, license }) => `${name} ${license}`).join(', ')}`,
    )
  const path = join(root, 'docs', 'reference', 'licences.md')
  const page = pageOf(packages)
  const current = readFileSync(path, 'utf8') === page
  if (values.check && !current) throw new Stop('docs/reference/licences.md is out of date: npm run licences')
  if (values.check) return 0
  if (!current) writeFileSync(path, page)
  console.log(`docs/reference/licences.md: ${packages.length} packages.`)
  return 0
}

await runCommand(licences)
