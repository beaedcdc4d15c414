import { resolve } from 'node:path'
import { replacePrivate } from '../../cli/lib/private-file.ts'
import { npm } from './npm.ts'
import { locked, manifest } from './packages.ts'

const help = `
Writes the software bill of materials: every package of package-lock.json with its version, checksum and licence, as
CycloneDX 1.5 JSON. Packages that only builds and tests use have the property cdx:npm:package:development.

  npm run sbom                 to gatehouse.cdx.json, which git ignores
  npm run sbom -- FILE         to FILE
  npm run sbom -- --help
`

type Component = { type: string; name: string; version: string; purl: string }
type Bom = { bomFormat: string; specVersion: string; metadata: { component: Component }; components: Component[] }

const [file = 'gatehouse.cdx.json', ...others] = process.argv.slice(2)
if (file.startsWith('-') || others.length > 0) {
  console.log(help.trim())
  process.exit(file === '--help' || file === '-h' ? 0 : 1)
}

const bom = JSON.parse(await npm(['sbom', '--sbom-format=cyclonedx', '--package-lock-only'])) as Bom
// npm names the whole after its folder and calls it a library.
Object.assign(bom.metadata.component, { type: 'application', name: manifest().name })
// npm also uses the import name of a renamed package, but vulnerabilities are looked up by the real one.
for (const [path, { name, version }] of Object.entries(locked()))
  for (const component of name ? bom.components : [])
    if (component.version === version && path.endsWith(`node_modules/${component.name}`))
      Object.assign(component, { name, purl: `pkg:npm/${name!.replace('@', '%40')}@${version}` })

replacePrivate(resolve(file), `${JSON.stringify(bom, null, 2)}\n`, 0o644)
console.log(`${file}: ${bom.bomFormat} ${bom.specVersion}, ${bom.components.length} packages.`)
