import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { addMissingSecrets, readVars, tokenKey } from '../../../cli/lib/dev-vars.ts'
import { rotate as rotateCommand } from '../../../cli/rotate.ts'
import { createSealing } from '../../../src/domain/sealing.ts'
import { newSeed, seedAbout } from '../../../src/domain/totp.ts'
import { type TokenKey, tokenKeys } from '../../../src/setting-values.ts'
import { cloudflare } from './cloudflare.ts'
import { migrations } from './databases.ts'
import { project } from './project.ts'

const name = 'gatehouse-production'
const made = project()
const file = made.file('.dev.vars.production')
const anHour = 60 * 60_000

const day = 24 * anHour
const database = new DatabaseSync(':memory:')
for (const sql of migrations) database.exec(sql)

const marks = () =>
  database
    .prepare("select key from throttles where key like 'rotation %'")
    .all()
    .map(({ key }) => String(key))

/** Changes the record as if the step had been taken earlier. */
const turnBack = (milliseconds: number) => {
  const [key] = marks()
  assert.ok(key)
  const turned = key.replace(/ (\d{13}) /, (_, due) => ` ${Number(due) - milliseconds} `)
  assert.notEqual(turned, key)
  database
    .prepare('update throttles set key = ?, blocked_until = blocked_until - ? where key = ?')
    .run(turned, milliseconds, key)
}

const kids = (secrets: { SIGNING_KEYS?: string }) =>
  (JSON.parse(secrets.SIGNING_KEYS!).keys as { kid: string }[]).map(({ kid }) => kid)
const ids = (secrets: { TOKEN_KEYS?: string }) => secrets.TOKEN_KEYS!.split(',').map((key) => key.split('.')[0]!)

/** Returns the keys of a secret as the Worker reads them. */
const parsed = (text: string): TokenKey[] => tokenKeys.parse(text)

/** Stores seeds of authenticator apps under the first of these keys. @returns their ids and seeds */
const seedRows = async (keys: TokenKey[], count: number) => {
  const sealing = createSealing(keys, 'totp')
  database.exec(
    "insert or ignore into users (id, email, email_canonical, created_at, updated_at) values ('u', 'u', 'u', 1, 1)",
  )
  const insert = database.prepare(
    "insert into totp (id, user_id, secret, last_step, created_at) values (?, 'u', ?, 0, 1)",
  )
  return Promise.all(
    Array.from({ length: count }, async (_, n): Promise<[id: string, seed: string]> => {
      const [id, seed] = [`app ${keys[0]!.id} ${String(n).padStart(5, '0')}`, newSeed()]
      insert.run(id, await sealing.seal(seed, seedAbout(id, 'u')))
      return [id, seed]
    }),
  )
}

describe('npm run rotate', () => {
  let account: Awaited<ReturnType<typeof cloudflare>>
  const rotate = (...args: string[]) => made.command(rotateCommand, [...args, '--env', 'production'], account.env())
  const deployed = () => account.account.workers.get(name)!.secrets

  before(async () => {
    addMissingSecrets([file])
    const secrets = readVars([file]) as Record<string, string>
    account = await cloudflare(database, { workers: new Map([[name, { secrets, bindings: [] }]]) })
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
      /^TOKEN_KEYS: \S+ is now the last key: it verifies, and signs nothing yet\nNothing was done: --dry-run\.$/,
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
    assert.deepEqual(marks(), [])
  })

  it('goes on from another computer that has the file', async () => {
    const elsewhere = made.file('copy')
    const from = (...args: string[]) => rotate(...args, '--secrets', elsewhere)

    const begun = await rotate('signing')
    copyFileSync(file, elsewhere)
    const early = await from('signing', '--finish')
    turnBack(anHour)
    const used = await from('signing', '--finish')
    const stale = await rotate('signing', '--finish')
    turnBack(anHour)
    const dropped = await from('signing', '--finish')
    copyFileSync(elsewhere, file)

    assert.equal(begun.status, 0, begun.output)
    assert.ok(!readFileSync(elsewhere, 'utf8').includes('rotation of'))
    assert.match(early.output, /^Too early: /)
    assert.equal(used.status, 0, used.output)
    assert.equal(stale.status, 1)
    assert.match(
      stale.output,
      /has the keys .*, and the deployment has .*: somebody took a step of this rotation elsewhere/,
    )
    assert.equal(dropped.status, 0, dropped.output)
    assert.deepEqual(kids(deployed()), kids(readVars([elsewhere])))
    assert.deepEqual(marks(), [])
  })

  it('uploads nothing from a copy from before somebody’s step, and gives a rotation up only when told', async () => {
    const stale = made.file('stale')
    copyFileSync(file, stale)
    await rotate('tokens')
    const held = ids(deployed())
    account.changes.length = 0

    const refused = await rotate('tokens', '--secrets', stale)
    const refusedToo = await rotate('tokens', '--finish', '--secrets', stale)
    const uploads = account.changes.filter((change) => change.includes('secrets'))
    const abandoned = await rotate('tokens', '--abandon', '--secrets', stale)
    const after = ids(deployed())
    copyFileSync(stale, file)

    for (const { status, output } of [refused, refusedToo]) {
      assert.equal(status, 1)
      assert.match(output, /elsewhere\..*--abandon/)
    }
    assert.deepEqual(uploads, [])
    assert.equal(held.length, 2)
    assert.equal(abandoned.status, 0, abandoned.output)
    assert.deepEqual(after, ids(readVars([stale])))
    assert.deepEqual(marks(), [])
  })

  it('lets one of two computers take a step that both have begun', async (t) => {
    const other = made.file('other')
    copyFileSync(file, other)
    // The other one writes its state between this one's reading and writing.
    const key = 'rotation tokens publish 1 somebody,else 00000000'
    const prepare = database.prepare.bind(database)
    const prepared = t.mock.method(database, 'prepare', (sql: string) => {
      if (sql.startsWith('insert into throttles') && marks().length === 0)
        database.exec(`insert into throttles (key, count, blocked_until, ends_at) values ('${key}', 1, 1, 9e15)`)
      return prepare(sql)
    })
    const before = ids(deployed())
    const { status, output } = await rotate('tokens', '--secrets', other)
    prepared.mock.restore()
    const held = marks()
    database.exec("delete from throttles where key like 'rotation %'")

    assert.equal(status, 1)
    assert.match(output, /Somebody else has just taken a step/)
    assert.deepEqual(ids(deployed()), before)
    assert.deepEqual(held, [key])
  })

  it('waits as long as the settings said when the step was taken, if they are lowered meanwhile', async () => {
    const original = readFileSync(made.config, 'utf8')
    const withDays = (days: number) =>
      writeFileSync(
        made.config,
        original.replace(
          '[env.production.vars]',
          `[env.production.vars]\nREFRESH_TOKEN_EXPIRE_DAYS = "7"\nSESSION_MAX_DAYS = "${days}"`,
        ),
      )
    withDays(90)
    await rotate('tokens')
    turnBack(anHour)
    const used = await rotate('tokens', '--finish')
    withDays(10)
    turnBack(60 * day)
    const early = await rotate('tokens', '--finish')
    turnBack(30 * day + anHour)
    const dropped = await rotate('tokens', '--finish')
    writeFileSync(made.config, original)

    assert.equal(used.status, 0, used.output)
    assert.match(early.output, /^Too early: /)
    assert.equal(dropped.status, 0, dropped.output)
  })

  it('goes on with a rotation that an older release recorded in the file', async () => {
    const text = readFileSync(file, 'utf8')
    await rotate('signing')
    database.exec("delete from throttles where key like 'rotation %'")
    writeFileSync(file, `${readFileSync(file, 'utf8')}# rotation of SIGNING_KEYS: publish 2026-01-01T00:00:00.000Z\n`)

    const used = await rotate('signing', '--finish')

    assert.equal(used.status, 0, used.output)
    assert.ok(!readFileSync(file, 'utf8').includes('rotation of'))
    assert.equal(marks().length, 1)
    turnBack(anHour)
    assert.equal((await rotate('signing', '--finish')).status, 0)
    assert.notEqual(readFileSync(file, 'utf8'), text)
  })

  it('encrypts every seed under the new key before it drops the old one', async () => {
    const keysOf = () => parsed(readVars([file]).DATA_KEYS!)
    const [old] = keysOf()
    const seeds = await seedRows(keysOf(), 3)

    const begun = await rotate('data')
    turnBack(anHour)
    const used = await rotate('data', '--finish')
    const [fresh] = keysOf()
    const early = await rotate('data', '--finish')
    turnBack(anHour)
    const dropped = await rotate('data', '--finish')

    for (const { status, output } of [begun, used, dropped]) assert.equal(status, 0, output)
    assert.match(early.output, /^Too early: /)
    assert.match(dropped.output, /Seeds that were encrypted anew: 3/)
    assert.notEqual(fresh!.id, old!.id)
    assert.deepEqual(
      keysOf().map(({ id }) => id),
      [fresh!.id],
    )
    const sealing = createSealing(keysOf(), 'totp')
    for (const [id, seed] of seeds) {
      const { secret } = database.prepare('select secret from totp where id = ?').get(id) as { secret: string }
      assert.equal(await sealing.open(secret, seedAbout(id, 'u')), seed)
    }
    for (const { output } of [begun, used, dropped]) assert.ok(!seeds.some(([, seed]) => output.includes(seed)))
  })

  it('drops no key under which a seed is left', async () => {
    const lost = parsed(tokenKey())
    await seedRows(lost, 1)
    await rotate('data')
    turnBack(anHour)
    await rotate('data', '--finish')
    turnBack(anHour)
    const held = deployed().DATA_KEYS

    const refused = await rotate('data', '--finish')
    const abandoned = await rotate('data', '--abandon')
    const emergency = await rotate('data', '--emergency')

    assert.equal(refused.status, 1)
    assert.ok(
      refused.output.includes(`are encrypted under ${lost[0]!.id}, which DATA_KEYS lacks: nothing was changed.`),
    )
    assert.equal(abandoned.status, 1)
    assert.match(abandoned.output, /so nothing was uploaded/)
    assert.equal(emergency.status, 1)
    assert.match(emergency.output, /^DATA_KEYS cannot be replaced at once/)
    assert.equal(deployed().DATA_KEYS, held)
    database.exec('delete from totp')
    assert.equal((await rotate('data', '--finish')).status, 0)
  })

  it('replaces keys in an emergency though the database does not answer', async () => {
    account.account.fails = /POST \/d1/
    const [before] = kids(deployed())

    const { status, output } = await rotate('signing', '--emergency')
    account.account.fails = undefined

    assert.equal(status, 0, output)
    assert.notEqual(kids(deployed())[0], before)
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
