import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { literal, statement } from '../../../cli/lib/sql-literal.ts'

describe('a value in the text of a statement', () => {
  const database = new DatabaseSync(':memory:')
  const back = (value: string | number | null) => database.prepare(`select ${literal(value)} as value`).get()!.value

  it('is read back as it was', () => {
    const hard = ["'", "''", "o'hara", "\\'", '"; --', '/* */', '\n', '[x', '`', "'; drop table users; --", 'ä李🙂', '']
    for (const value of [...hard, null, 0, -1, 1_700_000_000_000, Number.MAX_SAFE_INTEGER])
      assert.equal(back(value), value)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => text.includes('\0') || back(text) === text),
      { examples: hard.map((text) => [text]) },
    )
  })

  it('is refused if SQLite would read another value', () => {
    for (const value of ['a\0b', '\ud800', Number.NaN, 1.5, 2 ** 53, Number.POSITIVE_INFINITY])
      assert.throws(() => literal(value), TypeError, String(value))
  })

  it('takes its place in the statement', () => {
    assert.equal(
      statement`where a = ${"o'hara"} and b = ${5} and c is ${null}`,
      "where a = 'o''hara' and b = 5 and c is null",
    )
  })
})
