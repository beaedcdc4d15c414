import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ended, root, start, startNode } from '../../cli/lib/process.ts'
import { nodeResults, type Result, vitestResults } from './test-results.ts'

export type Counts = { passed: number; failed: number }

/** `results` is undefined if the run left no report. */
export type Run = Counts & { results?: Result[] }

type VitestReport = {
  numPassedTests: number
  numFailedTests: number
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

/**
 * A run that failed without a failing test (a file that does not load, an error outside of tests) counts as one
 * failure.
 */
const atLeastOne = (status: number, { passed, failed }: Counts): Counts => ({
  passed,
  failed: status === 0 ? failed : Math.max(failed, 1),
})

/** Runs vitest and shows its output. @param report a new file for its results */
export const vitest = async (report: string, args: string[]): Promise<Run> => {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  // Otherwise each file would warn about the missing .dev.vars, which the tests do not need.
  const { status } = await ended(start('vitest', ['run', ...reporters, ...args], { env: { WRANGLER_LOG: 'error' } }))
  if (!existsSync(report)) return atLeastOne(status || 1, { passed: 0, failed: 0 })
  const text = readFileSync(report, 'utf8')
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(text) as VitestReport
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  )
  const counts = atLeastOne(status, { passed: numPassedTests, failed: numFailedTests + unloaded.length })
  return { ...counts, results: vitestResults(text) }
}

const reporter = pathToFileURL(join(root, 'tools', 'check', 'test-reporter.ts')).href

/** Milliseconds for one test or one file: anything that takes longer hangs. */
const longest = 600_000

/** Runs test files with Node's own runner and shows its output. @param atOnce how many files run in parallel */
export const nodeTests = async (report: string, args: string[], atOnce = 1): Promise<Run> => {
  const results = `${report}.results`
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${report}`,
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${results}`,
  ]
  const { status } = await ended(
    startNode(['--test', `--test-concurrency=${atOnce}`, `--test-timeout=${longest}`, ...reporters, ...args]),
  )
  const summary = existsSync(report) ? readFileSync(report, 'utf8') : ''
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(summary)?.[1] ?? 0)
  return {
    ...atLeastOne(status, { passed: count('pass'), failed: count('fail') + count('cancelled') }),
    results: existsSync(results) ? nodeResults(readFileSync(results, 'utf8')) : undefined,
  }
}
