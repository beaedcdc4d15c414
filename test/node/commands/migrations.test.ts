import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { root } from '../../../cli/lib/process.ts'

const files = globSync('migrations/*.sql', { cwd: root }).sort()

describe('the migration of throttles', () => {
  it('keeps every counter, and when devices were forgotten', () => {
    const rows = [
      { key: 'a counter', count: 7, blocked_until: 0, ends_at: 9_000_000_000_000 },
      { key: 'when devices were forgotten', count: 0, blocked_until: 1_795_000_000_000, ends_at: 1_829_000_000_000 },
    ]
    const database = new DatabaseSync(':memory:')
    const migrate = (file: string) => database.exec(readFileSync(join(root, file), 'utf8'))
    const at = files.findIndex((file) => file.includes('0002_'))
    for (const file of files.slice(0, at)) migrate(file)
    for (const row of rows) database.prepare('insert into throttles values (?, ?, ?, ?)').run(...Object.values(row))

    for (const file of files.slice(at)) migrate(file)

    const kept = database.prepare('select key, count, blocked_until, ends_at from throttles order by key').all()
    assert.deepEqual(
      kept.map((row) => ({ ...row })),
      rows,
    )
    database.close()
  })
})
