import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from '../../cli/lib/process.ts'

/**
 * One test of a run: its file as a path from the root of the project, and its name below those of its suites.
 * `message` says why it failed.
 */
export type Result = { file: string; titles: string[]; outcome: 'passed' | 'failed' | 'skipped'; message?: string }

export const fromRoot = (file: string) => relative(root, file).replaceAll('\\', '/')

type VitestReport = {
  testResults: {
    name: string
    assertionResults: { ancestorTitles: string[]; title: string; status: string; failureMessages?: string[] }[]
  }[]
}

const outcome = (status: string) => (status === 'passed' || status === 'failed' ? status : 'skipped')

/** @param report what vitest's JSON reporter wrote */
export const vitestResults = (report: string): Result[] =>
  (JSON.parse(report) as VitestReport).testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status, failureMessages }) => ({
      file: fromRoot(name),
      titles: [...ancestorTitles.filter(Boolean), title],
      outcome: outcome(status),
      ...(failureMessages?.length && { message: failureMessages.join('\n') }),
    })),
  )

/** @param report what tools/check/test-reporter.ts wrote: a result in a line */
export const nodeResults = (report: string): Result[] =>
  report
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Result)
    .map((result) => ({ ...result, file: fromRoot(result.file) }))

/** Lines of one message in a summary. */
const longestMessage = 12
const ofTheRunner = /^ +at .*(node_modules|<anonymous>)/

/** What failed, and why in a few lines: for the end of a long run, where nobody has to look for it. */
export const failures = (results: Result[]): string[] =>
  results
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ file, titles, message = '' }) => {
      const lines = message
        .split('\n')
        .filter((line) => !ofTheRunner.test(line))
        .slice(0, longestMessage)
      return [`${file} › ${titles.join(' › ')}`, ...lines.map((line) => `    ${line}`)].join('\n').trimEnd()
    })

/** The newest run of everything. It is not committed: what it shows is in docs/contribute/asvs.md. */
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
