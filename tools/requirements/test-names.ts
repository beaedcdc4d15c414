import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { root, run } from '../../cli/lib/process.ts'
import { fromRoot } from '../check/test-results.ts'
import { idsIn } from './ids.ts'

/** A test as written: a series of cases is one test, with placeholders in its title (`$what`, `%s`). */
export type Name = { file: string; titles: string[] }

type Listed = { name: string; file: string }[]

/** @param files with tests of their own: `vitest list` loads them and runs nothing */
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
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

/** Finds only names and descriptions in a file of cases: other text there may be part of a failure message. */
const naming = /(?<=\b(?:name|what):\s*|\[\s*)(['"`])((?:\\.|(?!\1)[^\n\\])*)\1/g

/** Returns a title as it is displayed; both collectors return it as it is written. */
const unescaped = (words: string) => words.replace(/\\(['"`])/g, '$1')

const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

const filesLike = (pattern: string) => globSync(pattern, { cwd: root }).map((path) => path.replaceAll('\\', '/'))

/** The formatter puts every title on the line of its call or the next one, indented by its suite. */
const call = /^( *)(describe|it|test)(?:\.\w+(?:\([^\n]*\))?)?\(\s*(['"`])((?:\\.|(?!\3).)*)\3/gm

/** Returns the tests in a text, as those of `file`. */
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

/** Node's runner cannot list tests. */
const ofNode = (): Name[] => filesLike('test/node/*/*.test.ts').flatMap((file) => written(file, textOf(file)))

/** Returns the tests of a file that calls suites from another file, `…-suites.ts`. */
const ofSuites = (file: string): Name[] =>
  [...textOf(file).matchAll(/from '\.\.\/(support\/[\w/-]+-suites\.ts)'/g)].flatMap(([, suites]) =>
    written(file, textOf(`test/${suites}`)),
  )

const literal = /(?<=[[(,:?=]\s*)(['"`])((?:\\.|(?!\1)[^\n\\])*)\1(?=\s*[\]),:;}])/g

/** Returns the text of a test file and of our files that it imports, which may name cases of a series. */
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

/** Returns the cases of series that have ids of their own. Titles in the source do not contain their text. */
const cases = (names: Name[]): Name[] => {
  return [...filesLike('test/worker/*.test.ts'), ...filesLike('test/node/*/*.test.ts')].flatMap((file) => {
    const titles = new Set(names.filter((name) => name.file === file).flatMap((name) => name.titles))
    return together(file)
      .filter((found) => idsIn(found).ids.length > 0 && !titles.has(found))
      .map((found) => ({ file, titles: [found] }))
  })
}

/** Returns every test, in the order of files. */
export const testNames = async (): Promise<Name[]> => {
  const inside = filesLike('test/worker/*.test.ts')
  const made = inside.filter((file) => ofSuites(file).length > 0)
  const listed = await insideWorkerd(inside.filter((file) => !made.includes(file)))
  const names = [...listed, ...made.flatMap(ofSuites), ...ofNode()]
  return [...names, ...cases(names)].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
}
