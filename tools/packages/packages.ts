import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../cli/lib/process.ts'

const read = <T>(file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as T

export type Manifest = {
  name: string
  version: string
  license: string
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  allowScripts: Record<string, boolean>
}

export const manifest = () => read<Manifest>('package.json')

const publicRegistry = 'https://registry.npmjs.org/'

export type Locked = {
  /** The real name of a package that is imported under another one. */
  name?: string
  version: string
  license?: string
  integrity?: string
  resolved?: string
  dev?: boolean
  optional?: boolean
  link?: boolean
  hasInstallScript?: boolean
  dependencies?: Record<string, string>
}

/** Returns every package of a lock file by its folder. */
export const locked = (file = 'package-lock.json'): Record<string, Locked> => {
  const { '': _, ...packages } = read<{ packages: Record<string, Locked> }>(file).packages
  return packages
}

/** Returns the lock file of each part of the repository. */
export const lockFiles = () =>
  globSync('{,*/,*/*/}package-lock.json', { cwd: root, exclude: ['node_modules'] }).map((file) =>
    file.replaceAll('\\', '/'),
  )

/**
 * Returns the entries of a lock file that have no checksum, or come from elsewhere than the public registry. A link is
 * a folder of this repository.
 */
export const unpinned = (packages: Record<string, Locked>): string[] =>
  Object.entries(packages)
    .filter(
      ([path, { integrity = '', resolved = publicRegistry, link }]) =>
        path.includes('node_modules/') &&
        !link &&
        !(/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) && resolved.startsWith(publicRegistry)),
    )
    .map(([path]) => path)

/** Build dependencies whose code is served: tools/generate puts it into public/. */
export const served = ['lean-qr', 'swagger-ui-dist', 'redoc']

/** Returns what is deployed: the packages that the Worker imports, their dependencies, and the served ones. */
export const shipped = () => {
  const packages = locked()
  const found = new Map<string, Locked & { name: string }>()
  const add = (name: string, from: string) => {
    // Node looks in the importing package's folder first, then further up.
    const path = [`${from}/node_modules/${name}`, `node_modules/${name}`].find((at) => packages[at])!
    if (found.has(path)) return
    const entry = packages[path]!
    found.set(path, { name, ...entry })
    for (const needed of Object.keys(entry.dependencies ?? {})) add(needed, path)
  }
  for (const name of Object.keys(manifest().dependencies)) add(name, '')
  // Their files are complete: their dependencies are built in and no longer packages.
  for (const name of served) found.set(name, { name, ...packages[`node_modules/${name}`]! })
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
