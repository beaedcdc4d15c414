import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { root, runNode } from '../../../cli/lib/process.ts'
import { makeDatabase, read } from './databases.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
const users = 100_000
const mostMB = 500

const hash = '$2b$12$SCO36h/pkBtak18QbRs0UeXqQP4muYhTPK8nPUl.McJs3WTV3jGaK'
const row = (n: number) => `${n},user${n}@example.com,${hash},Person ${n},true,2024-01-01T00:00:00Z`

describe('npm run import, of a large file', () => {
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

  it(`imports ${users} users with at most ${mostMB} MB of memory`, { timeout: 600_000 }, async () => {
    const state = await makeDatabase(folder)
    const file = join(folder, 'users.csv')
    const rows = Array.from({ length: users }, (_, n) => row(n))
    writeFileSync(file, ['id,email,password,name,email_verified,created_at', ...rows].join('\n'))
    const measured = join(folder, 'memory.mjs')
    const kilobytes = 'process.resourceUsage().maxRSS'
    writeFileSync(measured, `process.on('exit', () => console.log('memory: ' + ${kilobytes}))`)

    const command = [join(root, 'cli', 'import.ts'), file, '--persist-to', state]
    const { status, output } = await runNode(['--import', pathToFileURL(measured).href, ...command])

    assert.equal(status, 0, output)
    assert.equal(read(state, 'select count(*) as n from users')[0]!.n, users)
    const used = Number(/^memory: (\d+)$/m.exec(output)![1]) / 1024
    assert.ok(used <= mostMB, `${Math.round(used)} MB`)
  })
})
