import { globSync } from 'node:fs'
import { root } from '../../cli/lib/process.ts'
import { pages, read } from './markdown.ts'

/** Checks that pages name commands and options that exist. Returns the faults, a line each. */

const scriptsOf = (file: string) => (JSON.parse(read(file)) as { scripts: Record<string, string> }).scripts
const scripts = scriptsOf('package.json')

/** The scripts of bench/: its page tells readers to `cd bench` first. */
const ofBench = scriptsOf('bench/package.json')

/** Pages of the packages beside this one, which name the scripts of those packages. */
const elsewhere = /^(client|examples|bench|e2e|openapi-tools|verifiers)\//

/** The help of a command is in its source: `npm run NAME -- --help` prints it. */
const sourceOf = (name: string) => {
  const [, file] = /((?:cli|tools)\/[\w/-]+\.ts)$/.exec(scripts[name] ?? '') ?? []
  if (file === undefined) return
  return [file, ...globSync(file.replace(/\.ts$/, '/*.ts'), { cwd: root })].map(read).join('\n')
}

const faultsOf = (path: string, name: string, rest: string) => {
  if (name in ofBench) return []
  if (!(name in scripts)) return [`${path}: there is no npm run ${name}`]
  const source = sourceOf(name)
  if (source === undefined) return []
  return [...rest.matchAll(/ (--[a-z][a-z-]+)/g)].flatMap(([, option = '']) =>
    source.includes(option) ||
    source.includes(`'${option.slice(2)}'`) ||
    source.includes(` ${option.slice(2)}: {`) ||
    option === '--help'
      ? []
      : `${path}: npm run ${name} has no ${option}`,
  )
}

export const commands = () =>
  pages
    .filter(({ path }) => !elsewhere.test(path))
    .flatMap(({ path }) =>
      [...read(path).matchAll(/npm run ([a-z][\w-]*)((?: -- )[^`\n|]*)?/g)].flatMap(([, name = '', rest = '']) =>
        faultsOf(path, name, rest.split(/ (?:and|&&|#|;) |[;)]|, npm/)[0] ?? ''),
      ),
    )
