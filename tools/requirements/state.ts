import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../cli/lib/process.ts'
import type { Result } from '../check/test-results.ts'
import { evidence } from './evidence.ts'
import { tableFaults, testFaults } from './faults.ts'
import { requirementsPage } from './page.ts'
import { testNames } from './test-names.ts'

export const pageFile = join(root, 'docs', 'contribute', 'asvs.md')

/** Git may have checked the file out with Windows line ends. */
const current = () => {
  try {
    return readFileSync(pageFile, 'utf8').replaceAll('\r\n', '\n')
  } catch {
    return ''
  }
}

/**
 * Compares the tables of requirements with the tests.
 * @param results of a complete run; without them every test counts as passed
 * @returns `faults`: what is wrong, a sentence each; `page`: the current docs/contribute/asvs.md; `stale`: whether the
 * file differs from it
 */
export const requirementsState = async (results?: Result[]) => {
  const found = evidence(await testNames(), results)
  const page = requirementsPage(found)
  return { faults: [...tableFaults(), ...testFaults(found)], page, stale: page !== current() }
}
