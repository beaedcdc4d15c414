import { existsSync, readFileSync } from 'node:fs'
import { ended, start, startNode } from './process.ts'

export type Counts = { passed: number; failed: number }

type VitestReport = {
  numPassedTests: number
  numFailedTests: number
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

/** A run that ended badly without a failing test (a file that does not load, an error outside of tests) counts as one failure. */
const atLeastOne = (status: number, { passed, failed }: Counts): Counts => ({
  passed,
  failed: status === 0 ? failed : Math.max(failed, 1),
})

/**
 * Runs vitest and shows what it shows.
 * @param report a file that does not exist, for its results
 */
export const vitest = async (report: string, args: string[]): Promise<Counts> => {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  // Else each file says that there is no .dev.vars, which the tests do not want.
  const { status } = await ended(start('vitest', ['run', ...reporters, ...args], { env: { WRANGLER_LOG: 'error' } }))
  if (!existsSync(report)) return atLeastOne(status || 1, { passed: 0, failed: 0 })
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as VitestReport
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  )
  return atLeastOne(status, { passed: numPassedTests, failed: numFailedTests + unloaded.length })
}

/** Runs files of tests for Node's own runner, one after the other, and shows what it shows. */
export const nodeTests = async (report: string, args: string[]): Promise<Counts> => {
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${report}`,
  ]
  const { status } = await ended(startNode(['--test', '--test-concurrency=1', ...reporters, ...args]))
  const summary = existsSync(report) ? readFileSync(report, 'utf8') : ''
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(summary)?.[1] ?? 0)
  return atLeastOne(status, { passed: count('pass'), failed: count('fail') + count('cancelled') })
}
