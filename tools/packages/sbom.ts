import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Main, readArguments, runCommand } from '../../cli/lib/command.ts'
import { Stop } from '../../cli/lib/database.ts'
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

export const sbom: Main = async (args) => {
  const { values, positionals } = readArguments('sbom', args, {})
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const [file = 'gatehouse.cdx.json', ...others] = positionals
  if (others.length > 0) throw new Stop('One file is enough. See npm run sbom -- --help')
  const path = resolve(file)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Stop(`${file} is a folder.`)

  const bom = JSON.parse(await npm(['sbom', '--sbom-format=cyclonedx', '--package-lock-only'])) as Bom
  // npm names the whole after its folder and calls it a library.
  Object.assign(bom.metadata.component, { type: 'application', name: manifest().name })
  // npm also uses the import name of a renamed package, but vulnerabilities are looked up by the real one.
  for (const [path, { name, version }] of Object.entries(locked()))
    for (const component of name ? bom.components : [])
      if (component.version === version && path.endsWith(`node_modules/${component.name}`))
        Object.assign(component, { name, purl: `pkg:npm/${name!.replace('@', '%40')}@${version}` })

  replacePrivate(path, `${JSON.stringify(bom, null, 2)}\n`, 0o644)
  console.log(`${file}: ${bom.bomFormat} ${bom.specVersion}, ${bom.components.length} packages.`)
  return 0
}

if (import.meta.main) await runCommand(sbom)
