import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { csv, csvCell } from '../../../ui/scripts/console/csv.ts'

describe('a cell of the exported CSV', () => {
  for (const text of [
    ...['=1+1', '+1', '-1', '@NOW()', '\t=1', '\r=1', '\n=1', ' =1', '\u00a0=1', '\u3000+1'],
    ...['＝1', '＋1', '－1', '＠x', "=cmd|' /C calc'!A0"],
  ])
    it(`is no formula: ${JSON.stringify(text)}`, () => {
      assert.equal(csvCell(text), `"'${text.replaceAll('"', '""')}"`)
    })

  for (const text of ['Ada', 'a=b', '1-2', 'ada@example.com', '', 'Łukasz', 'x\ny'])
    it(`stays as it is: ${JSON.stringify(text)}`, () => assert.equal(csvCell(text), `"${text}"`))

  it('keeps quotes, numbers and nothing apart (RFC 4180)', () => {
    assert.equal(csvCell('say "hi"'), '"say ""hi"""')
    assert.equal(csvCell(-5), '"-5"')
    assert.equal(csvCell(null), '""')
  })

  it('stands in rows, after the mark that says that the file is UTF-8', () => {
    assert.equal(
      csv([
        ['a', 1],
        ['b', null],
      ]),
      '\ufeff"a","1"\r\n"b",""\r\n',
    )
  })
})
