import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { root, run } from '../../cli/lib/process.ts'
import { fromRoot } from '../check/test-results.ts'
import { idsIn } from './ids.ts'

/** A test as it is written: a series of cases is one, with the places of its title open (`$what`, `%s`). */
export type Name = { file: string; titles: string[] }

type Listed = { name: string; file: string }[]

/** @param files that have tests of their own: `vitest list` reads them and runs nothing */
const insideWorkerd = async (files: string[]): Promise<Name[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-names-'))
  const file = join(folder, 'names.json')
  try {
    const { status, output } = await run('vitest', ['list', `--json=${file}`, ...files], {
      env: { WRANGLER_LOG: 'error' },
    })
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

const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

const filesLike = (pattern: string) => globSync(pattern, { cwd: root }).map((path) => path.replaceAll('\\', '/'))

/** The formatter puts every title on the line of its call or the one after it, and indents by its suite. */
const call = /^( *)(describe|it|test)(?:\.\w+(?:\([^\n]*\))?)?\(\s*(['"`])((?:\\.|(?!\3).)*)\3/gm

/** The tests that a text has, as those of `file`. */
const written = (file: string, text: string): Name[] => {
  const suites: { indent: number; title: string }[] = []
  return [...text.matchAll(call)].flatMap(([, space = '', kind, , title = '']) => {
    const indent = space.length
    while (suites.length > 0 && suites.at(-1)!.indent >= indent) suites.pop()
    if (kind === 'describe') {
      suites.push({ indent, title: unescaped(title) })
      return []
    }
    return [{ file, titles: [...suites.map((suite) => suite.title), unescaped(title)] }]
  })
}

/** Node's runner lists nothing. */
const ofNode = (): Name[] => filesLike('test/node/*/*.test.ts').flatMap((file) => written(file, textOf(file)))

/** A file that has its tests of others, `…-suites.ts`, which it calls with what they are about. */
const ofSuites = (file: string): Name[] =>
  [...textOf(file).matchAll(/from '\.\.\/(support\/[\w/-]+-suites\.ts)'/g)].flatMap(([, suites]) =>
    written(file, textOf(`test/${suites}`)),
  )

const literal = /(?<=[[(,:?=]\s*)(['"`])((?:\\.|(?!\1)[^\n\\])*)\1(?=\s*[\]),:;}])/g

/** What a file of tests, and those of ours that it imports, say that may be a case of a series. */
const together = (file: string, form = literal, seen = new Set<string>()): string[] => {
  if (seen.has(file)) return []
  seen.add(file)
  const text = textOf(file)
  const words = [...text.matchAll(form)].map(([, , found = '']) => unescaped(found))
  const imported = [...text.matchAll(/from '(\.{1,2}\/[\w./-]+\.ts)'/g)].map(([, to = '']) =>
    posix.join(posix.dirname(file), to),
  )
  return [
    ...words,
    ...imported
      .filter((path) => path.startsWith('test/') && existsSync(join(root, path)))
      .flatMap((path) => together(path, naming, seen)),
  ]
}

/** Cases of a series that carry ids of their own: words that are part of no title as it is written. */
const cases = (names: Name[]): Name[] => {
  return [...filesLike('test/worker/*.test.ts'), ...filesLike('test/node/*/*.test.ts')].flatMap((file) => {
    const titles = new Set(names.filter((name) => name.file === file).flatMap((name) => name.titles))
    return together(file)
      .filter((found) => idsIn(found).ids.length > 0 && !titles.has(found))
      .map((found) => ({ file, titles: [found] }))
  })
}

/** Every test there is, by the order of their files. */
export const testNames = async (): Promise<Name[]> => {
  const inside = filesLike('test/worker/*.test.ts')
  const made = inside.filter((file) => ofSuites(file).length > 0)
  const listed = await insideWorkerd(inside.filter((file) => !made.includes(file)))
  const names = [...listed, ...made.flatMap(ofSuites), ...ofNode()]
  return [...names, ...cases(names)].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
}
