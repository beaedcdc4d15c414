import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { addMissingSecrets, readVars } from '../../../cli/lib/dev-vars.ts'
import { rotate as rotateCommand } from '../../../cli/rotate.ts'
import { cloudflare } from './cloudflare.ts'
import { project } from './project.ts'

const name = 'gatehouse-production'
const made = project()
const file = made.file('.dev.vars.production')
const anHour = 60 * 60_000

/** Changes the record as if the step in the file had been taken earlier. */
const turnBack = (milliseconds: number) => {
  const text = readFileSync(file, 'utf8')
  const back = (time: string) => new Date(Date.parse(time) - milliseconds).toISOString()
  const turned = text.replace(/((?:publish|use) )(\S+Z)$/gm, (_, step, time) => step + back(time))
  assert.notEqual(turned, text)
  writeFileSync(file, turned)
}

const kids = (secrets: { SIGNING_KEYS?: string }) =>
  (JSON.parse(secrets.SIGNING_KEYS!).keys as { kid: string }[]).map(({ kid }) => kid)
const ids = (secrets: { TOKEN_KEYS?: string }) => secrets.TOKEN_KEYS!.split(',').map((key) => key.split('.')[0]!)

describe('npm run rotate', () => {
  let account: Awaited<ReturnType<typeof cloudflare>>
  const rotate = (...args: string[]) => made.command(rotateCommand, [...args, '--env', 'production'], account.env())
  const deployed = () => account.account.workers.get(name)!.secrets

  before(async () => {
    addMissingSecrets([file])
    const secrets = readVars([file]) as Record<string, string>
    account = await cloudflare(undefined, { workers: new Map([[name, { secrets, bindings: [] }]]) })
  })
  after(() => {
    account.close()
    made.remove()
  })

  it('publishes a key ten minutes before it signs, and drops the old one when its tokens have ended (F15)', async () => {
    const [old] = kids(deployed())

    const begun = await rotate('signing')
    const [first, fresh] = kids(deployed())
    const early = await rotate('signing', '--finish')
    turnBack(anHour)
    const used = await rotate('signing', '--finish')
    const inUse = kids(deployed())
    const tooEarly = await rotate('signing', '--finish')
    turnBack(anHour)
    const dropped = await rotate('signing', '--finish')

    assert.equal(begun.status, 0, begun.output)
    assert.equal(first, old)
    assert.match(early.output, /^Too early: /)
    assert.equal(used.status, 0, used.output)
    assert.deepEqual(inUse, [fresh, old])
    assert.match(tooEarly.output, /^Too early: /)
    assert.equal(dropped.status, 0, dropped.output)
    assert.deepEqual(kids(deployed()), [fresh])
    assert.deepEqual(kids(readVars([file])), [fresh])
    assert.match(fresh!, /^\d{6}-[0-9a-f]{8}$/)
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600)
    for (const { output } of [begun, used, dropped]) assert.ok(!/"d"|TOKEN_KEYS/.test(output))
  })

  it('shows what it would do, and does nothing with --dry-run', async () => {
    const before = readFileSync(file, 'utf8')
    account.changes.length = 0

    const { status, output } = await rotate('tokens', '--dry-run')

    assert.equal(status, 0, output)
    assert.match(
      output,
      /^TOKEN_KEYS: \S+ is now the last key: it verifies, and makes nothing yet\nNothing was done: --dry-run\.$/,
    )
    assert.equal(readFileSync(file, 'utf8'), before)
    assert.deepEqual(account.changes, [])
  })

  it('resumes after a failed upload (F15)', async () => {
    const [old] = ids(deployed())
    account.account.fails = /secrets-bulk/

    const failed = await rotate('tokens')
    account.account.fails = undefined
    const held = ids(readVars([file]))
    const again = await rotate('tokens')

    assert.equal(failed.status, 1)
    assert.match(
      failed.output,
      /\.dev\.vars\.production is changed, the deployed Worker is not[\s\S]*Run the same command again/,
    )
    assert.equal(again.status, 0, again.output)
    assert.deepEqual(ids(deployed()), held)
    assert.deepEqual([held.length, held[0]], [2, old])
  })

  it('ends every session by a time, and every key of a kind, in an emergency (F17)', async () => {
    const [before] = ids(deployed())
    const signing = kids(deployed())
    const from = Date.now()

    const { status, output } = await rotate('tokens', '--emergency')

    assert.equal(status, 0, output)
    const time = deployed().TOKENS_NOT_BEFORE!
    assert.ok(Date.parse(time) >= from && Date.parse(time) <= Date.now() + 1000, time)
    assert.equal(readVars([file]).TOKENS_NOT_BEFORE, time)
    assert.equal(ids(deployed()).length, 1)
    assert.notEqual(ids(deployed())[0], before)
    assert.deepEqual(kids(deployed()), signing)
    assert.ok(!readFileSync(file, 'utf8').includes('rotation of'))
  })

  it('says in one line why it did nothing', async () => {
    const held = readFileSync(file, 'utf8')
    account.changes.length = 0
    const nowhere = made.file('nowhere')
    const refusals: [string[], RegExp][] = [
      [[], /^What should be rotated\?/],
      [['cookies'], /^What should be rotated\?/],
      [['signing', 'tokens'], /^What should be rotated\?/],
      [
        ['signing', '--finish', '--emergency'],
        /^--emergency replaces the keys at once, so --finish has nothing to do\.$/,
      ],
      [['signing', '--finish'], /^No rotation of SIGNING_KEYS is under way/],
      [['signing', '--loud'], /^Unknown option '--loud'/],
      [['signing', '--secrets', nowhere], /^nowhere has no SIGNING_KEYS, and Cloudflare never returns secrets\./],
    ]

    for (const [args, words] of refusals) {
      const { status, lines } = await rotate(...args)
      assert.equal(status, 1, args.join(' '))
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(lines[0]!, words)
    }
    assert.deepEqual(account.changes, [])
    assert.equal(readFileSync(file, 'utf8'), held)
  })
})
