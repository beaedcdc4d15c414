import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root, runNode } from '../../../cli/lib/process.ts'
import type { Result } from '../../../tools/check/test-results.ts'
import { chapters, groups } from '../../../tools/requirements/all.ts'
import { evidence } from '../../../tools/requirements/evidence.ts'
import { tableFaults, testFaults } from '../../../tools/requirements/faults.ts'
import { idsIn, readable } from '../../../tools/requirements/ids.ts'
import { requirementsPage } from '../../../tools/requirements/page.ts'
import type { Name } from '../../../tools/requirements/test-names.ts'

/** These titles use brackets, because in parentheses they would count as shown by this file. */
const inParentheses = (title: string) => title.replaceAll('[', '(').replaceAll(']', ')')

const demanded = groups.flatMap(({ requirements }) => requirements).filter(({ instead }) => !instead)

/** A test for each requirement that needs one. */
const names: Name[] = demanded.map(({ id }) => ({
  file: 'test/worker/x.test.ts',
  titles: ['a suite', `shows it (${/^\d/.test(id) ? `ASVS ${id}` : id})`],
}))

const passed = (all: Name[]): Result[] => all.map((name) => ({ ...name, outcome: 'passed' }))

describe('the ids in the name of a test', () => {
  for (const [title, ids, odd] of [
    ['works [ASVS 6.2.1, N5, A-16]', ['6.2.1', 'N5', 'A-16'], []],
    ['works [ASVS 16.2.5, 16.4.1], run %i', ['16.2.5', '16.4.1'], []],
    ['[A-04b] holds [I1–I3]', ['A-04b', 'I1', 'I2', 'I3'], []],
    ['is as RFC 9110 says [RFC 9110 §9.3.2, F3, CVE-2024-4629]', ['F3'], []],
    ['has words [in parentheses], and a sum [12 rows]', [], []],
    ['is mistyped [ASVS 6.2]', [], ['ASVS 6.2']],
    ['is mistyped [A16]', [], ['A16']],
    ['is mistyped [N5 and N6]', [], ['N5 and N6']],
  ] as const)
    it(`are found: ${title}`, () => {
      assert.deepEqual(idsIn(inParentheses(title)), { ids, odd })
    })

  it('are not shown to people, nor are the placeholders of a series', () => {
    assert.equal(readable(inParentheses('refuses $what by %s [ASVS 6.2.1, N5] [once]')), 'refuses … by … (once)')
  })
})

describe('npm run asvs', () => {
  it('has every requirement of Levels 1 and 2 in its tables, once', () => {
    const levels = chapters.map((chapter) => chapter.levels)

    assert.deepEqual(tableFaults(), [])
    // OWASP ASVS 5.0.0 has 70 of Level 1 and 183 of Level 2.
    assert.equal(
      levels.map((level) => level[1]).reduce((a, b) => a + b),
      70,
    )
    assert.equal(
      levels.map((level) => level[2]).reduce((a, b) => a + b),
      183,
    )
  })

  it('finds no fault if each has a test that passed', () => {
    assert.deepEqual(testFaults(evidence(names, passed(names))), [])
  })

  it('reports a requirement that lost its test, whose test failed, or was skipped', () => {
    const [one, two, three] = demanded
    const left = passed(names).slice(1)
    left[0]!.outcome = 'failed'
    left[1]!.outcome = 'skipped'

    const faults = testFaults(evidence(names, left))

    assert.deepEqual(
      faults,
      [one, two, three].map((row) => `no test shows ${row!.id}: ${row!.asks}`),
    )
  })

  it('reports an id that no table has', () => {
    const stray: Name = {
      file: 'test/worker/y.test.ts',
      titles: ['shows nothing [ASVS 6.2.99]', 'at all [N5 or so]'].map(inParentheses),
    }

    assert.deepEqual(testFaults(evidence([...names, stray], passed([...names, stray]))), [
      'test/worker/y.test.ts: (N5 or so) is no id of a requirement',
      inParentheses('test/worker/y.test.ts: [6.2.99] is in no table of requirements'),
    ])
  })

  it('lists on the page the tests that passed, and not those that failed', () => {
    const failing: Name = { file: 'test/worker/z.test.ts', titles: [inParentheses('is broken here [ASVS 6.2.1]')] }
    const results: Result[] = [...passed(names), { ...failing, outcome: 'failed' }]

    const page = requirementsPage(evidence([...names, failing], results))

    assert.match(page, /\| 6\.2\.1 \| 1 \| .*\[x\]\(\.\.\/\.\.\/test\/worker\/x\.test\.ts\): a suite: shows it \|/)
    assert.doesNotMatch(page, /is broken here/)
    assert.equal(page, requirementsPage(evidence(names)))
  })

  it('refuses an option that it does not have', async () => {
    const { status, output } = await runNode([join(root, 'tools', 'requirements', 'asvs.ts'), '--everything'])

    assert.equal(status, 1)
    assert.match(output, /^Unknown option '--everything'. See npm run asvs -- --help\n$/)
  })
})
