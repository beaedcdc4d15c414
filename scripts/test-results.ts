import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from './process.ts'

/** One test of a run: its file as a path from the root of the project, and its name below those of its suites. */
export type Result = { file: string; titles: string[]; outcome: 'passed' | 'failed' | 'skipped' }

export const fromRoot = (file: string) => relative(root, file).replaceAll('\\', '/')

type VitestReport = {
  testResults: {
    name: string
    assertionResults: { ancestorTitles: string[]; title: string; status: string }[]
  }[]
}

const outcome = (status: string) => (status === 'passed' || status === 'failed' ? status : 'skipped')

/** @param report what vitest's JSON reporter wrote */
export const vitestResults = (report: string): Result[] =>
  (JSON.parse(report) as VitestReport).testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      file: fromRoot(name),
      titles: [...ancestorTitles.filter(Boolean), title],
      outcome: outcome(status),
    })),
  )

/** @param report what scripts/test-reporter.ts wrote: a result in a line */
export const nodeResults = (report: string): Result[] =>
  report
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Result)
    .map((result) => ({ ...result, file: fromRoot(result.file) }))

/** The newest run of everything. It is not committed: what it shows is in docs/asvs.md. */
const newest = join(root, 'node_modules', '.cache', 'gatehouse', 'test-results.json')

export const keep = (results: Result[]) => {
  mkdirSync(dirname(newest), { recursive: true })
  writeFileSync(newest, JSON.stringify(results))
}

/** @returns undefined where no complete run was kept */
export const kept = (): Result[] | undefined => {
  try {
    return JSON.parse(readFileSync(newest, 'utf8')) as Result[]
  } catch {
    return undefined
  }
}
