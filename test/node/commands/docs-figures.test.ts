import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pages } from '../../../tools/docs/markdown.ts'
import { facts, repeated, statements } from '../../../tools/docs/repeated.ts'

describe('a figure that several pages state', () => {
  it('is the same on each, and what the code says', () => {
    const found = facts.map(({ says }) => statements(says, pages).length)

    assert.deepEqual(repeated(), [])
    assert.ok(Math.min(...found) >= 1, found.join())
  })

  for (const { what, says } of facts)
    it(`is a fault where a page says another one: ${what}`, () => {
      const [page] = pages.filter(({ text }) => statements(says, [{ path: '', text }]).length > 0)
      const { line, value } = statements(says, [{ path: '', text: page!.text }])[0]!
      const lines = page!.text.split('\n')
      const words = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ')
      const forms = [value.toLocaleString('en'), String(value), words[value] ?? '\0']
      // The figure may be on the next line of the text.
      const changed = lines
        .map((text, index) => {
          if (index < line - 1 || index > line) return text
          return forms.reduce((before, form) => before.replaceAll(new RegExp(`\\b${form}\\b`, 'g'), '77'), text)
        })
        .join('\n')

      const faults = repeated([...pages.filter((one) => one !== page), { path: page!.path, text: changed }])

      assert.ok(
        faults.some((fault) => fault.startsWith(`${page!.path}:`) && fault.endsWith('and not 77')),
        `${page!.path}:${line} ${faults.join('; ')}`,
      )
    })
})
