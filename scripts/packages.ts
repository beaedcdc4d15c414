import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './process.ts'

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

export type Locked = {
  /** Where a package is imported by another name than its own. */
  name?: string
  version: string
  license?: string
  integrity?: string
  resolved?: string
  dev?: boolean
  optional?: boolean
  hasInstallScript?: boolean
  dependencies?: Record<string, string>
}

/** Every package of package-lock.json by its folder. */
export const locked = (): Record<string, Locked> => {
  const { '': _, ...packages } = read<{ packages: Record<string, Locked> }>('package-lock.json').packages
  return packages
}

/** Needed to build, and yet served: scripts/build.ts puts their files into public/. */
export const served = ['swagger-ui-dist', 'redoc']

/** What reaches the deployment: the packages that the Worker imports, with what those depend on, and those it serves. */
export const shipped = () => {
  const packages = locked()
  const found = new Map<string, Locked & { name: string }>()
  const add = (name: string, from: string) => {
    // Node looks in the folder of whoever asks first, then further up.
    const path = [`${from}/node_modules/${name}`, `node_modules/${name}`].find((at) => packages[at])!
    if (found.has(path)) return
    const entry = packages[path]!
    found.set(path, { name, ...entry })
    for (const needed of Object.keys(entry.dependencies ?? {})) add(needed, path)
  }
  for (const name of Object.keys(manifest().dependencies)) add(name, '')
  // Their files are whole: what went into them is no longer a package.
  for (const name of served) found.set(name, { name, ...packages[`node_modules/${name}`]! })
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
