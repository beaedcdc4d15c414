import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { root, run } from './process.ts'
import { idsIn } from './requirements/ids.ts'
import { fromRoot } from './test-results.ts'

/** A test as it is written: a series of cases is one, with the places of its title open (`$what`, `%s`). */
export type Name = { file: string; titles: string[] }

type Listed = { name: string; file: string }[]

const insideWorkerd = async (): Promise<Name[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-names-'))
  const file = join(folder, 'names.json')
  try {
    const { status, output } = await run('vitest', ['list', `--json=${file}`], { env: { WRANGLER_LOG: 'error' } })
    if (status !== 0) throw new Error(`vitest could not list the tests:\n${output}`)
    return (JSON.parse(readFileSync(file, 'utf8')) as Listed).map(({ name, file }) => ({
      file: fromRoot(file),
      titles: name.split(' > ').map(unescaped),
    }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In a file that holds cases, only what names one: other words may be of what a test says when it fails. */
const naming = /(?<=\b(?:name|what):\s*|\[\s*)(['"`])((?:\\.|(?!\1)[^\n\\])*)\1/g

/** A title as it is read; both ways to collect them give it as it is written. */
const unescaped = (words: string) => words.replace(/\\(['"`])/g, '$1')

/** Node's runner lists nothing, but the formatter puts every title on the line of its call, and indents by its suite. */
const call = /^( *)(describe|it|test)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\3).)*)\3/gm

const ofNode = (): Name[] =>
  globSync('test/*/*.test.ts', { cwd: root }).flatMap((path) => {
    const suites: { indent: number; title: string }[] = []
    return [...readFileSync(join(root, path), 'utf8').matchAll(call)].flatMap(([, space = '', kind, , title = '']) => {
      const indent = space.length
      while (suites.length > 0 && suites.at(-1)!.indent >= indent) suites.pop()
      if (kind === 'describe') {
        suites.push({ indent, title: unescaped(title) })
        return []
      }
      return [{ file: path.replaceAll('\\', '/'), titles: [...suites.map((suite) => suite.title), unescaped(title)] }]
    })
  })

const literal = /(?<=[[(,:?=]\s*)(['"`])((?:\\.|(?!\1)[^\n\\])*)\1(?=\s*[\]),:;}])/g

/** What a file of tests, and those of ours that it imports, say that may be a case of a series. */
const together = (file: string, form = literal, seen = new Set<string>()): string[] => {
  if (seen.has(file)) return []
  seen.add(file)
  const text = readFileSync(join(root, file), 'utf8')
  const words = [...text.matchAll(form)].map(([, , found = '']) => unescaped(found))
  const imported = [...text.matchAll(/from '(\.{1,2}\/[\w./-]+\.ts)'/g)].map(([, to = '']) =>
    posix.join(posix.dirname(file), to),
  )
  return [
    ...words,
    ...imported.filter((path) => path.startsWith('test/')).flatMap((path) => together(path, naming, seen)),
  ]
}

/** Cases of a series that carry ids of their own: words that are part of no title as it is written. */
const cases = (names: Name[]): Name[] => {
  const files = globSync(['test/*.test.ts', 'test/*/*.test.ts'], { cwd: root }).map((path) =>
    path.replaceAll('\\', '/'),
  )
  return files.flatMap((file) => {
    const titles = new Set(names.filter((name) => name.file === file).flatMap((name) => name.titles))
    return together(file)
      .filter((found) => idsIn(found).ids.length > 0 && !titles.has(found))
      .map((found) => ({ file, titles: [found] }))
  })
}

/** Every test there is, by the order of their files. */
export const testNames = async (): Promise<Name[]> => {
  const names = [...(await insideWorkerd()), ...ofNode()]
  return [...names, ...cases(names)].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
}
