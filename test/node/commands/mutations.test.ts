import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root } from '../../../cli/lib/process.ts'
import { mutations } from '../../../tools/prove/mutations.ts'

const page = readFileSync(join(root, 'docs', 'contribute', 'mutations.md'), 'utf8')

/** Checks that each mutation can still be made. `npm run mutate`, which takes minutes, shows that each is noticed. */
describe('the mutations', () => {
  for (const { name, file, from, to, tests } of mutations)
    it(`still fit the source: ${name}`, () => {
      assert.equal(readFileSync(join(root, file), 'utf8').split(from).length - 1, 1, `${file} holds it once`)
      assert.notEqual(from, to)
      assert.deepEqual(
        tests.filter((test) => !existsSync(join(root, test))),
        [],
      )
      assert.ok(
        page.includes(`| ${name} | \`${file}\` |`),
        'docs/contribute/mutations.md is not of this table: npm run mutate',
      )
    })

  it('are exactly those that docs/contribute/mutations.md lists', () => {
    assert.equal(page.split('\n').filter((line) => /^\| .* \| `src\//.test(line)).length, mutations.length)
  })
})
