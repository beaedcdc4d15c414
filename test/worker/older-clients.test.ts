import { describe, it } from 'vitest'
import { startApp } from '../support/app/support.ts'
import { replayed } from '../support/layouts/older-clients.ts'

const pages = import.meta.glob('../../docs/reference/older-layouts.md', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const page = (pages['../../docs/reference/older-layouts.md'] as string).replaceAll('\r\n', '\n')

const [, section = ''] = page.split('\n## What was replayed\n')
const documented = section
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => /^\| [A-E] \|/.test(line))

describe('what clients of the older services send', () => {
  it.for(replayed)('$of: $sends $outcome', async ({ play }, { expect }) => {
    await play(startApp(), expect)
    expect.hasAssertions()
  })

  it('is what docs/reference/older-layouts.md says of it, row for row', ({ expect }) => {
    const rows = replayed.map(
      ({ of, sends, outcome, there, here }) => `| ${of} | ${sends} | ${outcome} | ${there} | ${here} |`,
    )

    expect(documented).toEqual(rows)
    expect(new Set(rows).size).toBe(rows.length)
  })
})
