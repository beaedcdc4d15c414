import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { unstable_readConfig } from 'wrangler'
import { deploy } from '../../../cli/deploy.ts'
import { checkSize } from '../../../cli/doctor/database.ts'
import type { Finding } from '../../../cli/doctor/finding.ts'
import { checkHash, judgeHash } from '../../../cli/doctor/hash.ts'
import { checkKeys } from '../../../cli/doctor/keys.ts'
import { checkBindings, checkSender } from '../../../cli/doctor/places.ts'
import { checkSettings } from '../../../cli/doctor/settings.ts'
import { doctor } from '../../../cli/doctor.ts'
import { type Deployment, readDeployment } from '../../../cli/lib/deployment.ts'
import { addMissingSecrets, readVars, tokenKey } from '../../../cli/lib/dev-vars.ts'
import { run } from '../../../cli/lib/process.ts'
import { rpIdAdvice, varsIn } from '../../../cli/lib/rp-id-advice.ts'
import { rotate } from '../../../cli/rotate.ts'
import { links } from '../../../src/domain/mails.ts'
import { settingNames } from '../../../src/settings.ts'
import { cloudflare } from './cloudflare.ts'
import { project } from './project.ts'

const made = project()
after(() => made.remove())
addMissingSecrets([made.file('.dev.vars.production')])
const production = readDeployment('production', made.config)
const secrets = readVars([production.secretFile])

const faults = (findings: Finding[]) => findings.filter(({ level }) => level === 'fault').map(({ says }) => says)
const hints = (findings: Finding[]) => findings.filter(({ level }) => level === 'hint').map(({ says }) => says)
const withVars = (vars: Record<string, string>): Deployment => ({
  ...production,
  vars: { ...production.vars, ...vars },
})

/** For every setting, a value that the Worker refuses. Free texts have none. */
const refused: Record<string, string> = {
  APP_NAME: ' ',
  APP_URL: 'http://auth.gatehouse.test',
  FRONTEND_URL: 'http://www.gatehouse.test',
  CORS_ORIGINS: '*',
  MAIL_FROM: 'nobody',
  MAIL_FROM_NAME: 'x'.repeat(61),
  REGISTRATION: 'maybe',
  REGISTRATION_DOMAINS: '@',
  EMAIL_VERIFICATION: 'off',
  TOKEN_TRANSPORT: 'cookies',
  ACCESS_TOKEN_TYPE: 'jwt',
  DOCS: 'false',
  LOG: 'errors',
  THROTTLE_FACTOR: '2',
  PASSWORD_SCRYPT: 'ln=14,r=8,p=1',
  BREACH_CHECK: 'yes',
  TOKENS_NOT_BEFORE: 'yesterday',
  PROXY_KEY: 'short',
  CLOUDINARY_URL: 'https://example.com',
  SIGNING_KEYS: '{"keys":[]}',
  TOKEN_KEYS: 'a.short',
}
const free = ['TOKEN_AUDIENCE']

describe('the settings, as the doctor sees them', () => {
  it('are taken as they are in a healthy deployment', () => {
    assert.deepEqual(faults(checkSettings(production, secrets)), [])
  })

  for (const name of settingNames.filter((name) => !free.includes(name)))
    it(`are a fault if ${name} is broken (A-37)`, () => {
      const value = refused[name] ?? (name.endsWith('_URL') ? 'nowhere' : '-1')
      const secret = name in secrets
      const findings = checkSettings(
        secret ? production : withVars({ [name]: value }),
        secret ? { ...secrets, [name]: value } : secrets,
      )

      const said = faults(findings)
      assert.equal(said.length, 1, said.join('\n'))
      assert.equal(said[0]!.split(/[.:]/)[0], name)
      if (secret) assert.ok(!said[0]!.includes(value))
    })

  const misplaced: [string, Record<string, string>, RegExp][] = [
    ['this computer is its address', { APP_URL: 'http://localhost:8787' }, /^APP_URL: .* is this computer/],
    ['its address is an example', { APP_URL: 'https://auth.example.com' }, /^APP_URL: .* is an example/],
    ['no route leads to it', { APP_URL: 'https://elsewhere.gatehouse.test' }, /^APP_URL: no route/],
    ['its sender is an example', { MAIL_FROM: 'no-reply@example.com' }, /^MAIL_FROM: .* is an example/],
    [
      'all tokens are refused until later',
      { TOKENS_NOT_BEFORE: '2999-01-01T00:00:00Z' },
      /^TOKENS_NOT_BEFORE: is in the future/,
    ],
  ]
  for (const [when, vars, words] of misplaced)
    it(`are a fault of a deployment if ${when} (A-37)`, () => {
      const [said = '', ...more] = faults(checkSettings(withVars(vars), secrets))

      assert.match(said, words)
      assert.deepEqual(more, [])
    })

  it('are a fault if one is in wrangler.toml and among the secrets', () => {
    const key = 'k'.repeat(40)
    assert.match(
      faults(checkSettings(withVars({ PROXY_KEY: key }), { ...secrets, PROXY_KEY: key }))[0]!,
      /^PROXY_KEY: is in wrangler\.toml and among the secrets/,
    )
  })

  const weak: Record<string, string> = {
    EMAIL_VERIFICATION: 'optional',
    BREACH_CHECK: 'off',
    PASSWORD_MIN_LENGTH: '14',
    DOCS: 'on',
    ACCESS_TOKEN_EXPIRE_MINUTES: '16',
    REFRESH_TOKEN_EXPIRE_DAYS: '8',
    SESSION_MAX_DAYS: '31',
    REFRESH_GRACE_SECONDS: '31',
    PASSWORD_RESET_TOKEN_EXPIRE_MINUTES: '61',
    AUDIT_RETENTION_DAYS: '29',
    REPLICA_READS: 'on',
    LIMIT_LOGIN_ACCOUNT: '11/15m',
  }
  const strong = {
    EMAIL_VERIFICATION: 'required',
    BREACH_CHECK: 'on',
    PASSWORD_MIN_LENGTH: '15',
    DOCS: 'off',
    MFA_REQUIRED: 'admins',
    ACCESS_TOKEN_EXPIRE_MINUTES: '15',
    REFRESH_TOKEN_EXPIRE_DAYS: '7',
    SESSION_MAX_DAYS: '30',
    REFRESH_GRACE_SECONDS: '30',
    PASSWORD_RESET_TOKEN_EXPIRE_MINUTES: '60',
    AUDIT_RETENTION_DAYS: '30',
    REPLICA_READS: 'off',
    LIMIT_LOGIN_ACCOUNT: '10/15m',
  }
  it('have no hint if nothing is weakened', () => {
    assert.deepEqual(hints(checkSettings(withVars(strong), secrets)), [])
  })
  for (const [name, value] of Object.entries(weak))
    it(`have a hint for ${name}=${value}, which is no fault`, () => {
      const findings = checkSettings(withVars({ ...strong, [name]: value }), secrets)

      assert.deepEqual(faults(findings), [])
      assert.equal(hints(findings).length, 1)
      assert.ok(hints(findings)[0]!.startsWith(name))
    })
})

describe('where passkeys belong, as the doctor sees it', () => {
  const said = (vars: Record<string, string>) =>
    hints(checkSettings(withVars(vars), secrets)).filter((hint) => hint.startsWith('PASSKEY'))
  const site = { FRONTEND_URL: 'https://www.gatehouse.test' }

  it('is to be chosen if the site has another host', () => {
    const [hint = '', ...more] = said(site)

    assert.deepEqual(more, [])
    assert.match(hint, /www\.gatehouse\.test, for that site alone, or gatehouse\.test, for all its hosts/)
  })

  it('needs no choice if the host is the same, somebody chose, or passkeys are off', () => {
    for (const vars of [
      { FRONTEND_URL: 'https://auth.gatehouse.test/shop' },
      { ...site, PASSKEY_RP_ID: 'gatehouse.test' },
      { ...site, PASSKEYS: 'off' },
    ])
      assert.deepEqual(said(vars), [], JSON.stringify(vars))
  })

  it('is said by npm start in the same words, for the settings of its options too', () => {
    const options = ['dev', '--var', 'FRONTEND_URL:https://www.gatehouse.test', '--var=PASSKEYS:on']

    assert.equal(rpIdAdvice('https://auth.gatehouse.test', varsIn(options)), said(site)[0])
    assert.equal(rpIdAdvice('http://localhost:8787', { FRONTEND_URL: 'http://localhost:4321' }), undefined)
    assert.equal(rpIdAdvice('http://localhost:8787', varsIn(['--var', 'FRONTEND_URL:not a URL'])), undefined)
  })
})

describe('log-in by mail, as the doctor sees it', () => {
  const said = (vars: Record<string, string>) => {
    const others = { PASSWORD_MIN_LENGTH: '15', BREACH_CHECK: 'on', DOCS: 'off' }
    const findings = checkSettings(withVars({ ...others, ...vars }), secrets)
    assert.deepEqual(faults(findings), [])
    return hints(findings).filter((says) => /LOGIN_URL|PASSWORDLESS/.test(says))
  }
  const elsewhere = { MAIL_LOGIN: 'on', FRONTEND_URL: 'https://www.other-site.test' }

  it('names a link that leads to another site than the one that asks', () => {
    assert.match(said(elsewhere)[0]!, /LOGIN_URL: .*www\.other-site\.test.*auth\.gatehouse\.test/)
    assert.deepEqual(said({ ...elsewhere, MAIL_LOGIN: 'off' }), [])
    assert.deepEqual(said({ MAIL_LOGIN: 'on', FRONTEND_URL: 'https://www.gatehouse.test' }), [])
    const LOGIN_URL = 'https://www.other-site.test/log-in#token={token}'
    assert.deepEqual(said({ ...elsewhere, LOGIN_URL }), [])
  })

  it('names accounts without a password that nobody can have', () => {
    assert.match(said({ PASSWORDLESS: 'on', PASSKEYS: 'off' })[0]!, /PASSWORDLESS: nobody can remove a password/)
    assert.deepEqual(said({ PASSWORDLESS: 'on', PASSKEYS: 'off', MAIL_LOGIN: 'on' }), [])
    assert.deepEqual(said({ PASSWORDLESS: 'on' }), [])
  })
})

describe('where mails lead, as the doctor sees it', () => {
  const ours = 'https://auth.gatehouse.test'
  const theirs = 'https://www.gatehouse.test'
  const said = (vars: Record<string, string>) => {
    const findings = checkSettings(
      withVars({
        PASSWORD_MIN_LENGTH: '15',
        BREACH_CHECK: 'on',
        DOCS: 'off',
        PASSKEYS: 'off',
        MFA_REQUIRED: 'admins',
        ...vars,
      }),
      secrets,
    )
    assert.deepEqual(faults(findings), [])
    return hints(findings)
  }

  it('has no hint if the service verifies by its own page', () => {
    assert.deepEqual(said({}), [])
    assert.deepEqual(said({ FRONTEND_URL: ours }), [])
    assert.deepEqual(said({ VERIFY_EMAIL_URL: `${ours}/auth/verify-email#token={token}` }), [])
  })

  const others: [string, Record<string, string>][] = [
    ['FRONTEND_URL', { FRONTEND_URL: theirs }],
    ['VERIFY_EMAIL_URL', { VERIFY_EMAIL_URL: `${theirs}/welcome#token={token}` }],
    ['VERIFY_EMAIL_URL', { VERIFY_EMAIL_URL: `${ours}/elsewhere#token={token}` }],
    ['VERIFY_EMAIL_URL', { FRONTEND_URL: theirs, VERIFY_EMAIL_URL: `${theirs}/#/welcome?token={token}` }],
  ]
  for (const [name, vars] of others)
    it(`has a hint if a page of another verifies: ${JSON.stringify(vars)}`, () => {
      const [hint = '', ...more] = said(vars)

      assert.deepEqual(more, [])
      assert.ok(hint.startsWith(`${name}: addresses are verified by a page at `), hint)
      assert.match(hint, /posts the token alone/)
    })

  it('has no hint if another site has pages but the service verifies addresses', () => {
    assert.deepEqual(said({ FRONTEND_URL: theirs, VERIFY_EMAIL_URL: `${ours}/auth/verify-email#token={token}` }), [])
  })

  for (const url of [
    `${ours}/api/auth/verify-email?token={token}`,
    `${ours}/auth/verify-email?token={token}`,
    `${theirs}/api/auth/verify-email?token={token}`,
    `${ours}/api/auth/verify-email?token={token}#top`,
  ])
    it(`has a hint if a scanner of mails would spend the link: ${url}`, () => {
      const [hint = '', ...more] = said({ VERIFY_EMAIL_URL: url })

      assert.deepEqual(more, [])
      assert.match(hint, /^VERIFY_EMAIL_URL: the link calls the API itself/)
    })

  for (const { setting } of Object.values(links))
    it(`has a hint if the token of ${setting} is in the query or the path of a page (A-13)`, () => {
      for (const place of ['?token={token}', '/{token}'])
        assert.equal(
          said({ [setting]: `${theirs}/page${place}` }).filter((hint) =>
            hint.startsWith(`${setting}: the token is not after #`),
          ).length,
          1,
        )
    })
})

describe('the size of a database, as the doctor sees it', () => {
  const gigabytes = (count: number) => checkSize(count * 1e9)[0]!

  it('is reported, as a hint from 80 % on, and as a fault before it is full', () => {
    assert.deepEqual(checkSize(undefined), [])
    assert.deepEqual(
      [0.000_04, 0.5, 7.99, 8, 9.49, 9.5, 10].map((count) => gigabytes(count).level),
      ['ok', 'ok', 'ok', 'hint', 'hint', 'fault', 'fault'],
    )
    assert.match(gigabytes(0.000_04).says, /^uses 40 kB of at most 10 GB/)
    assert.match(gigabytes(8.04).says, /^uses 8\.0 GB of at most 10 GB .*docs\/operate\/growth\.md$/)
  })
})

describe('bindings, keys, sender and hash, as the doctor sees them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  after(() => rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 200 }))
  const keysOf = (file: string, others: string[] = [], now?: Date) =>
    checkKeys({ ...production, secretFile: file }, true, others, now)

  it('are a fault if an environment lacks a binding of local runs, or has one that local runs lack', () => {
    const local = readDeployment(undefined, made.config)
    const without = production.bindings.filter((name) => name !== 'DENYLIST')

    assert.match(
      faults(checkBindings({ ...production, bindings: without }, local))[0]!,
      /^DENYLIST: \[env\.production\] lacks it/,
    )
    assert.match(
      faults(checkBindings({ ...production, bindings: [...production.bindings, 'X'] }, local))[0]!,
      /^X: is in/,
    )
    assert.match(faults(checkBindings({ ...production, required: ['TOKEN_KEYS'] }, local))[0]!, /^SIGNING_KEYS: /)
    assert.match(checkBindings(production, local)[0]!.says, /; without EVENTS \(counters/)
    assert.match(
      checkBindings({ ...production, bindings: [...production.bindings, 'EVENTS'] }, local)[0]!.says,
      /, EVENTS; without BACKUPS \(backups by the cron/,
    )
    assert.match(faults(checkBindings({ ...production, crons: [] }, local))[0]!, /^no cron/)
    assert.match(
      faults(checkBindings({ ...production, vars: {} }, local)).join(),
      /APP_URL: \[env\.production\] has no such variable/,
    )
  })

  it('leave query strings out of what Cloudflare records, everywhere (A-13)', () => {
    for (const env of [undefined, 'production', 'staging']) {
      const { observability } = unstable_readConfig({ config: made.config, env }, { hideWarnings: true })
      assert.equal(observability?.enabled, true)
      assert.equal(observability?.redact_query_string, true)
      assert.equal(observability?.logs?.invocation_logs, false)
    }
  })

  it('show the age of keys, and when one is due', () => {
    const nextYear = new Date(Date.now() + 366 * 86_400_000)

    assert.deepEqual(faults(keysOf(production.secretFile)), [])
    assert.deepEqual(hints(keysOf(production.secretFile)), [])
    assert.equal(hints(keysOf(production.secretFile, [], nextYear)).length, 3)
    assert.match(
      hints(keysOf(production.secretFile, [], nextYear))[0]!,
      /^SIGNING_KEYS: the key is 36[67] days old; replace it with npm run rotate -- signing$/,
    )
  })

  it('are a fault if the file of secrets is missing, others can read it, or another deployment has the same', () => {
    const copy = join(folder, '.dev.vars.staging')
    copyFileSync(production.secretFile, copy)
    chmodSync(copy, 0o600)

    assert.match(faults(keysOf(join(folder, 'nothing')))[0]!, /^nothing does not exist; npm run deploy/)
    assert.equal(faults(keysOf(copy, [production.secretFile, copy])).length, 3)
    writeFileSync(copy, `TOKEN_KEYS='${tokenKey()}'\n`)
    assert.match(faults(keysOf(copy))[0]!, /^\.dev\.vars\.staging lacks SIGNING_KEYS/)
    if (process.platform === 'win32') return
    chmodSync(copy, 0o644)
    assert.match(faults(keysOf(copy)).join('\n'), /others can read .*; run chmod 600/)
  })

  it('are a fault if the sender may not send', () => {
    assert.equal(checkSender({ ...production, senders: ['else@gatehouse.test'] }, undefined).level, 'fault')
    assert.equal(checkSender(production, ['elsewhere.test']).level, 'fault')
    assert.equal(checkSender(production, ['gatehouse.test']).level, 'ok')
  })

  it('are a fault if two hashes take longer than a request may', () => {
    assert.equal(checkHash({ ln: 15, r: 8, p: 3 }, 5).level, 'fault')
    assert.equal(checkHash({ ln: 1, r: 8, p: 1 }, 2000).level, 'ok')
  })

  it('measures a hash with both engines, and judges the one in use', () => {
    assert.match(checkHash({ ln: 15, r: 8, p: 3 }).says, /took [1-9]\d* ms .*noble.* and [1-9]\d* ms with native/)

    const took = { noble: 300, native: 170 }
    assert.match(judgeHash(took, 400, 'noble').says, /took 300 ms .*noble.* and 170 ms with native/)
    assert.equal(judgeHash(took, 599, 'noble').level, 'fault')
    assert.equal(judgeHash(took, 600, 'noble').level, 'ok')
    assert.equal(judgeHash(took, 339, 'native').level, 'fault')
    assert.equal(judgeHash(took, 340, 'native').level, 'ok')
  })

  it('are a fault if PASSWORD_ENGINE needs another entry, and a hint if the entry is of no use', () => {
    const native = { ...withVars({ PASSWORD_ENGINE: 'native' }), main: 'src/native.ts' }

    assert.deepEqual(faults(checkSettings(native, secrets)), [])
    assert.match(
      faults(checkSettings({ ...native, main: 'src/index.ts' }, secrets))[0]!,
      /^PASSWORD_ENGINE: native needs/,
    )
    assert.match(
      hints(checkSettings({ ...production, main: 'src/native.ts' }, secrets)).join(' '),
      /PASSWORD_ENGINE=noble: `main = "src\/native\.ts"`/,
    )
  })
})

describe('npm run doctor', () => {
  const fresh = project()
  const state = fresh.file('state')
  after(() => fresh.remove())

  it('reports what a fresh clone does not have yet', async () => {
    const { status, output } = await fresh.command(doctor, ['--persist-to', state])

    assert.equal(status, 1)
    assert.match(output, /^ok {5}bindings/m)
    assert.match(output, /^fault {2}keys {8}\.dev\.vars does not exist; `npm start` creates it/m)
    assert.match(output, /^fault {2}database {4}There is no local database in .*: `npm start` creates it\.$/m)
    assert.match(output, /^2 faults, \d hints\.$/m)
  })

  it('finds no fault in a healthy one, and says so as JSON too', async () => {
    addMissingSecrets([fresh.file('.dev.vars')])
    const place = ['--config', fresh.config, '--persist-to', state]
    const { status: migrated, output: said } = await run('wrangler', [
      'd1',
      'migrations',
      'apply',
      'DB',
      '--local',
      ...place,
    ])
    assert.equal(migrated, 0, said)

    const { status, output } = await fresh.command(doctor, ['--persist-to', state, '--json'])
    assert.match(output, /"uses \d+ kB of at most 10 GB/)

    assert.equal(status, 0, output)
    const findings = JSON.parse(output) as Finding[]
    assert.deepEqual(faults(findings), [])
    const about = new Set(findings.map((finding) => finding.about))
    assert.deepEqual([...about].sort(), [
      'bindings',
      'database',
      'hash',
      'keys',
      'mail',
      'outbox',
      'settings',
      'shared',
    ])
    for (const secret of Object.values(readVars([fresh.file('.dev.vars')]))) assert.ok(!output.includes(secret!))
  })

  it('asks Cloudflare and the service with --remote', async () => {
    const none = await cloudflare(undefined)

    const nothing = await made.command(doctor, ['--remote'], none.env())
    const stranger = await made.command(doctor, ['--remote'], none.env('another token'))

    none.close()
    assert.deepEqual([nothing.status, stranger.status], [1, 1])
    assert.match(
      nothing.output,
      /^fault {2}worker {6}gatehouse-production is not deployed: npm run deploy -- --env production$/m,
    )
    assert.match(stranger.output, /^fault {2}account {5}wrangler is not logged in/m)
  })
})

describe('npm run doctor -- --remote', () => {
  let account: Awaited<ReturnType<typeof cloudflare>>

  before(async () => {
    account = await cloudflare(undefined, { domains: ['gatehouse.test'] })
    const { status, output } = await made.command(deploy, ['--yes'], account.env())
    assert.equal(status, 0, output)
  })
  after(() => account.close())

  it('finds no fault in a healthy deployment', async () => {
    const { status, output } = await made.command(doctor, ['--remote'], account.env())

    assert.equal(status, 0, output)
    assert.match(output, /^ok {5}mail {8}gatehouse\.test may send$/m)
    assert.match(output, /^ok {5}keys {8}the service publishes the keys of the local copy$/m)
  })

  it('reports that the next deployment would change the subject of tokens', async () => {
    account.account.metadata = { issuer: 'https://auth.gatehouse.test', gatehouse_token_subject: 'external_id' }
    const { status, output } = await made.command(doctor, ['--remote'], account.env())
    account.account.metadata = undefined

    assert.equal(status, 1)
    assert.match(output, /^fault {2}service {5}TOKEN_SUBJECT: is id here, and the deployed service has external_id/m)
  })

  it('reports how full the database is', async () => {
    account.account.size = 8_100_000_000
    const { status, output } = await made.command(doctor, ['--remote'], account.env())
    account.account.size = undefined

    assert.equal(status, 0, output)
    assert.match(output, /^hint {3}database {4}uses 8\.1 GB of at most 10 GB/m)
  })

  it('reports when the cron ran, that it does not run, and that parts of it fail', async () => {
    const database = account.account.databases.get('gatehouse-production')!
    const note = database.prepare("insert or replace into daily (day, metric, count) values ('now', ?, ?)")
    const examined = async (ran: number, faults: number) => {
      note.run('cron', ran)
      note.run('cron_faults', faults)
      return (await made.command(doctor, ['--remote'], account.env())).output
    }

    const running = await examined(Date.now(), 0)
    const failing = await examined(Date.now(), 2)
    const idle = await examined(Date.now() - 80 * 60_000, 0)
    database.exec("delete from daily where metric in ('cron', 'cron_faults')")

    assert.match(running, /^ok {5}cron {8}ran at 20\S+Z; it notes one run an hour$/m)
    assert.match(failing, /^fault {2}cron {8}runs, and 2 of its parts fail: /m)
    assert.match(idle, /^fault {2}cron {8}has not run since 20\S+Z: /m)
  })

  it('reports seeds of authenticator apps under a key that is gone', async () => {
    const database = account.account.databases.get('gatehouse-production')!
    database.exec(`insert into users (id, email, email_canonical, created_at, updated_at) values ('u', 'u', 'u', 1, 1)`)
    const add = database.prepare(
      "insert into totp (id, user_id, secret, last_step, created_at) values (?, 'u', ?, 0, 1)",
    )
    add.run('kept', `${secrets.DATA_KEYS!.split('.')[0]}.sealed`)
    add.run('lost', 'gone.sealed')
    const { status, output } = await made.command(doctor, ['--remote'], account.env())
    database.exec("delete from totp where id = 'lost'")
    const mended = await made.command(doctor, ['--remote'], account.env())
    database.exec("delete from users where id = 'u'")

    assert.equal(status, 1)
    assert.match(output, /^fault {2}keys {8}DATA_KEYS lacks gone, under which the seeds of 1 authenticator apps are/m)
    assert.equal(mended.status, 0, mended.output)
  })

  it('reports a rotation that the deployed database knows of, in each of its states', async () => {
    const database = account.account.databases.get('gatehouse-production')!
    const copies = made.file('copies of the secrets')
    copyFileSync(production.secretFile, copies)
    const examined = async () => {
      const { status, output } = await made.command(doctor, ['--remote'], account.env())
      return { status, says: output.split('\n').filter((line) => /SIGNING_KEYS: .*rotation|somebody took/.test(line)) }
    }
    const begun = await made.command(rotate, ['signing', '--env', 'production'], account.env())
    const begin = await examined()
    // As if the upload had been interrupted: the state has no time for the next step.
    const key = String(database.prepare("select key from throttles where key like 'rotation %'").get()!.key)
    database.prepare('update throttles set key = ? where key = ?').run(key.replace(/ \d{13} /, ' 0 '), key)
    const interrupted = await examined()
    copyFileSync(copies, production.secretFile)
    const elsewhere = await examined()
    database.exec("delete from throttles where key like 'rotation %'")
    rmSync(copies)

    assert.equal(begun.status, 0, begun.output)
    assert.match(key, / \d{13} /)
    assert.equal(begin.status, 0)
    assert.match(
      begin.says.join('\n'),
      /^hint {3}keys {8}SIGNING_KEYS: a rotation is under way; from \S+ on, run npm run rotate -- signing --finish --env production$/m,
    )
    assert.equal(interrupted.status, 1)
    assert.match(
      interrupted.says.join('\n'),
      /^fault {2}keys {8}SIGNING_KEYS: a step of its rotation was not completed/m,
    )
    assert.equal(elsewhere.status, 1)
    assert.match(elsewhere.says.join('\n'), /^fault {2}keys {8}.*somebody took a step of this rotation elsewhere/m)
  })

  it('reports what a deployment lacks, each in a line', async () => {
    const { account: broken } = account
    const database = broken.databases.get('gatehouse-production')!
    database.exec(`insert into mail (id, kind, address, address_canonical, created_at, expires_at, next_attempt_at, attempts, last_error)
      values ('a', 'verify_email', 'a@b.test', 'a@b.test', 1, 9e15, 1, 2, 'E_SENDER_NOT_VERIFIED')`)
    broken.ready = false
    broken.domains = []
    delete broken.workers.get('gatehouse-production')!.secrets.TOKEN_KEYS

    const late = await made.command(doctor, ['--remote'], account.env())
    database.exec('delete from d1_migrations')
    const unmigrated = await made.command(doctor, ['--remote'], account.env())

    assert.equal(late.status, 1)
    assert.match(late.output, /^fault {2}outbox {6}1 mails? .* E_SENDER_NOT_VERIFIED\. Is the cron running\?$/m)
    assert.match(late.output, /^fault {2}worker {6}the deployed Worker lacks TOKEN_KEYS/m)
    assert.match(late.output, /^fault {2}mail {8}gatehouse\.test is not set up for sending/m)
    assert.match(late.output, /^fault {2}service {5}.*answers 503$/m)
    assert.match(unmigrated.output, /^fault {2}database {4}not applied: 0000_init\.sql, /m)
  })
})
