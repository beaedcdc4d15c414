import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from '../../cli/lib/process.ts'

/**
 * One test of a run: its file as a path from the project's root, and its name after those of its suites. `message` says
 * why it failed.
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

/** @param report the output of vitest's JSON reporter */
export const vitestResults = (report: string): Result[] =>
  (JSON.parse(report) as VitestReport).testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status, failureMessages }) => ({
      file: fromRoot(name),
      titles: [...ancestorTitles.filter(Boolean), title],
      outcome: outcome(status),
      ...(failureMessages?.length && { message: failureMessages.join('\n') }),
    })),
  )

/** @param report the output of tools/check/test-reporter.ts: one result per line */
export const nodeResults = (report: string): Result[] =>
  report
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Result)
    .map((result) => ({ ...result, file: fromRoot(result.file) }))

/** The most lines of one message in a summary. */
const longestMessage = 12
const ofTheRunner = /^ +at .*(node_modules|<anonymous>)/

/** Returns the failed tests and the reason in a few lines, for the end of a long run. */
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

/** The newest complete run. It is not committed: docs/contribute/asvs.md contains its evidence. */
const newest = join(root, 'node_modules', '.cache', 'gatehouse', 'test-results.json')

export const keep = (results: Result[]) => {
  mkdirSync(dirname(newest), { recursive: true })
  writeFileSync(newest, JSON.stringify(results))
}

/** @returns undefined if no complete run was kept */
export const kept = (): Result[] | undefined => {
  try {
    return JSON.parse(readFileSync(newest, 'utf8')) as Result[]
  } catch {
    return undefined
  }
}
