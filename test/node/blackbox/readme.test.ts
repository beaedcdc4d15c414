import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort, makePlace, type Service, startService } from './service.ts'

/** The commands that README.md tells a newcomer to paste into bash, one block after the other. */
const session = () => {
  const text = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8').replaceAll('\r\n', '\n')
  return [...text.matchAll(/^```bash\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('\n')
}

/** The JSON that each request of the session prints on a line of its own. */
const paste = async (lines: string) => {
  const bash = spawn('bash', ['--norc', '--noprofile'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  bash.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  bash.stdin.end(lines)
  await once(bash, 'close')
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('the session of README.md', { skip: process.platform === 'win32' && 'it is for bash' }, () => {
  const place = makePlace()
  let service: Service

  before(async () => {
    service = await startService(place, await freePort())
  })
  after(async () => {
    await service?.stop()
    place.remove()
  })

  it('registers, verifies, logs in, refreshes, reads the profile, resets the password and logs out', async () => {
    const lines = session().replaceAll('http://localhost:8787', service.url)
    const [registered, verified, profile, forgot, reset, refused, loggedOut, ...more] = await paste(lines)

    assert.equal(registered?.email, 'ada@example.com')
    assert.match(String(verified?.message), /verified/)
    assert.deepEqual([profile?.email, profile?.email_verified], ['ada@example.com', true])
    assert.match(String(forgot?.message), /on its way/)
    assert.match(String(reset?.message), /password was changed/)
    assert.equal(refused?.code, 'invalid_token')
    assert.match(String(loggedOut?.message), /logged out/)
    assert.deepEqual(more, [])
  })
})
