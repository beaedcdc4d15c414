import type { Result } from '../check/test-results.ts'
import { idsIn, readable } from './ids.ts'
import type { Name } from './test-names.ts'

/** A test or suite with an id in its title. */
export type Shown = { file: string; title: string }

const pair = (file: string, id: string) => `${file} ${id}`

/** Returns the outcomes of tests with an id, by file and id: a run reports each case of a series. */
const outcomes = (results: Result[]) => {
  const found = new Map<string, Set<Result['outcome']>>()
  for (const { file, titles, outcome } of results)
    for (const id of titles.flatMap((title) => idsIn(title).ids)) {
      const key = pair(file, id)
      found.set(key, (found.get(key) ?? new Set()).add(outcome))
    }
  return found
}

/** Returns unknown ids that appear only in the generated titles of a series. */
const strangers = (results: Result[]) =>
  results.flatMap(({ file, titles }) =>
    titles.flatMap((title) => idsIn(title).odd.map((part) => `${file}: (${part}) is no id of a requirement`)),
  )

/**
 * Returns the evidence for each requirement.
 * @param results of a complete run; without them every test counts as passed
 * @returns `shown`: id → its tests that did not fail; `passed`: ids with a test that passed; `odd`: text in titles that
 * is not an id
 */
export const evidence = (names: Name[], results?: Result[]) => {
  const ended = results && outcomes(results)
  const shown = new Map<string, Shown[]>()
  const odd: string[] = []
  for (const { file, titles } of names)
    for (const [at, title] of titles.entries()) {
      const found = idsIn(title)
      odd.push(...found.odd.map((part) => `${file}: (${part}) is no id of a requirement`))
      for (const id of found.ids) {
        const outcome = ended?.get(pair(file, id))
        if (ended && !outcome?.has('passed') && !outcome?.has('skipped')) continue
        const path = titles.slice(0, at + 1).map(readable)
        const entry = { file, title: path.join(': ') }
        const before = shown.get(id) ?? []
        if (!before.some((other) => other.file === file && other.title === entry.title))
          shown.set(id, [...before, entry])
      }
    }
  if (results) odd.push(...strangers(results))
  const passed = ended
    ? new Set([...ended].filter(([, outcome]) => outcome.has('passed')).map(([key]) => key.split(' ')[1]!))
    : new Set(shown.keys())
  return { shown, passed, odd: [...new Set(odd)] }
}
export type Evidence = ReturnType<typeof evidence>
