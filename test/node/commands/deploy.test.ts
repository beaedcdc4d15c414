import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { deploy as deployCommand } from '../../../cli/deploy.ts'
import { migrationFiles } from '../../../cli/doctor/database.ts'
import { checkBindings } from '../../../cli/doctor/places.ts'
import { environments, readDeployment } from '../../../cli/lib/deployment.ts'
import { readVars } from '../../../cli/lib/dev-vars.ts'
import { root } from '../../../cli/lib/process.ts'
import { readSettings } from '../../../src/settings.ts'
import { cloudflare } from './cloudflare.ts'
import { project } from './project.ts'

const worker = 'gatehouse-production'
const migrations = migrationFiles(join(root, 'migrations'))

describe('the environments of wrangler.toml', () => {
  it('are staging and production, apart from each other', () => {
    const deployments = environments().map((env) => readDeployment(env))

    assert.deepEqual(deployments.map(({ env }) => env).sort(), ['production', 'staging'])
    for (const member of ['worker', 'database', 'secretFile'] as const)
      assert.equal(new Set(deployments.map((deployment) => deployment[member])).size, 2, member)
  })

  it('list the bindings, secrets and variables that local runs have', () => {
    for (const env of environments())
      assert.deepEqual(
        checkBindings(readDeployment(env), readDeployment(undefined)).filter(({ level }) => level !== 'ok'),
        [],
      )
  })
})

describe('npm run deploy', () => {
  const made = project()
  const file = made.file('.dev.vars.production')
  let account: Awaited<ReturnType<typeof cloudflare>>
  const deploy = (...args: string[]) => made.command(deployCommand, args, account.env())
  const toDo = (lines: string[]) => lines.filter((line) => line.startsWith('to do  '))

  before(async () => {
    account = await cloudflare(undefined)
  })
  after(() => {
    account.close()
    made.remove()
  })

  it('shows every step in order, and changes nothing with --dry-run', async () => {
    const { status, lines, output } = await deploy('--dry-run')

    assert.equal(status, 0, output)
    assert.deepEqual(toDo(lines), [
      'to do  build public/',
      'to do  make the secrets SIGNING_KEYS, TOKEN_KEYS, DATA_KEYS in .dev.vars.production, which git ignores',
      'to do  make the D1 database gatehouse-production',
      `to do  migrate gatehouse-production: ${migrations.join(', ')}`,
      'to do  make the KV namespace gatehouse-production-denylist',
      'to do  make the Worker gatehouse-production and its R2 bucket, with SIGNING_KEYS, TOKEN_KEYS, DATA_KEYS',
      'to do  check that https://auth.gatehouse.test/health/ready answers',
    ])
    assert.equal(lines.at(-1), 'Nothing was done: --dry-run.')
    assert.deepEqual(account.changes, [])
    assert.ok(!existsSync(file))
  })

  it('asks before it does anything, and does nothing if nobody is there to be asked', async () => {
    const { status, lines } = await deploy()

    assert.equal(status, 1)
    assert.match(lines.at(-1)!, /^Nothing was done, because nobody can confirm/)
    assert.deepEqual(account.changes, [])
  })

  it('says which steps were done and which were not if one fails', async () => {
    account.account.fails = /^PUT \/workers\/scripts/

    const { status, output } = await deploy('--yes')

    account.account.fails = undefined
    assert.equal(status, 1)
    assert.match(output, /^done {3}gatehouse-production has all migrations$/m)
    assert.match(
      output,
      /^Failed: make the Worker gatehouse-production.*: A request to the Cloudflare API .* failed\./m,
    )
    assert.match(output, /^Not done: check that https:\/\/auth\.gatehouse\.test\/health\/ready answers\.$/m)
    assert.match(output, /^Fix this, then run it again: npm run deploy -- --env production$/m)
    assert.equal(account.account.workers.size, 0)
  })

  it('does what is left when it is run again: from nothing to a service', async () => {
    account.changes.length = 0

    const { status, output, lines } = await deploy('--yes')

    assert.equal(status, 0, output)
    assert.ok(!account.changes.includes('POST /d1/database'))
    const { secrets, bindings } = account.account.workers.get(worker)!
    assert.deepEqual(secrets, readVars([file]))
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.ok(readSettings({ APP_URL: 'https://auth.gatehouse.test', MAIL_FROM: 'a@gatehouse.test', ...secrets }))
    const names = new Set(bindings.map(({ name }) => name))
    for (const name of readDeployment('production').bindings) assert.ok(names.has(name), name)
    assert.deepEqual(account.account.namespaces, ['gatehouse-production-denylist'])
    assert.deepEqual(account.account.buckets, ['gatehouse-production-avatars'])
    const database = account.account.databases.get(worker)!
    assert.equal(database.prepare('select count(*) as n from d1_migrations').get()!.n, migrations.length)
    assert.match(lines.join('\n'), /The first admin: npm run admin -- EMAIL --remote --env production/)
    for (const secret of Object.values(secrets)) assert.ok(!output.includes(secret))
  })

  it('keeps existing secrets, and only deploys the code when it is run again', async () => {
    const { secrets } = account.account.workers.get(worker)!
    // The file of somebody who does not know of a rotation.
    const stale = readFileSync(file, 'utf8')
    secrets.SIGNING_KEYS = 'rotated meanwhile'
    account.changes.length = 0

    const { status, output, lines } = await deploy('--yes')

    assert.equal(status, 0, output)
    assert.deepEqual(toDo(lines), [
      'to do  build public/',
      'to do  deploy gatehouse-production',
      'to do  check that https://auth.gatehouse.test/health/ready answers',
    ])
    assert.equal(account.account.workers.get(worker)!.secrets.SIGNING_KEYS, 'rotated meanwhile')
    assert.equal(readFileSync(file, 'utf8'), stale)
    assert.ok(
      account.changes.some((change) =>
        /^(PUT|POST) \/workers\/scripts\/gatehouse-production(\/versions)?$/.test(change),
      ),
    )
  })

  it('refuses another subject of tokens than the service has, unless it is allowed', async () => {
    const other = project((toml) =>
      toml.replace('APP_URL = "https://auth.gatehouse.test"', '$&\nTOKEN_SUBJECT = "external_id"'),
    )
    account.account.metadata = { issuer: 'https://auth.gatehouse.test' }

    const refused = await other.command(deployCommand, ['--yes'], account.env())
    const allowed = await other.command(deployCommand, ['--dry-run', '--change-subject'], account.env())
    account.account.metadata = { issuer: 'https://auth.gatehouse.test', gatehouse_token_subject: 'external_id' }
    const same = await other.command(deployCommand, ['--dry-run'], account.env())
    const back = await deploy('--dry-run')

    account.account.metadata = undefined
    other.remove()
    assert.match(
      refused.output,
      /^fault {2}settings {4}TOKEN_SUBJECT: is external_id here, and the deployed service has id/m,
    )
    assert.match(refused.output, /^Nothing was done\./m)
    assert.deepEqual([refused.status, allowed.status, same.status, back.status], [1, 0, 0, 1])
    assert.match(back.output, /TOKEN_SUBJECT: is id here, and the deployed service has external_id/)
  })

  it('does nothing if the settings are wrong', async () => {
    const wrong = project((toml) =>
      toml
        .replace('MAIL_FROM = "no-reply@gatehouse.test"', 'MAIL_FROM = "nobody"')
        .replaceAll('"no-reply@gatehouse.test"', '"nobody"'),
    )
    account.changes.length = 0

    const { status, output } = await wrong.command(deployCommand, ['--yes'], account.env())
    const told = await wrong.command(deployCommand, ['--dry-run'], account.env())

    wrong.remove()
    assert.deepEqual([status, told.status], [1, 1])
    assert.match(told.output, /^to do {2}deploy gatehouse-production$/m)
    assert.match(told.output, /^Nothing was done: --dry-run\. The faults above would have to be fixed first\.$/m)
    assert.match(output, /^fault {2}settings {4}MAIL_FROM: /m)
    assert.match(output, /^Nothing was done\. Fix the faults above/m)
    assert.deepEqual(account.changes, [])
  })

  it('deploys in a build of the button what is outside all environments, and asks nothing', async () => {
    const url = 'https://gatehouse.stand-in.workers.dev'
    const filled = project((toml) => toml.replace(/^APP_URL = "http:.*$/m, `APP_URL = "${url}"`))
    const button = await cloudflare(undefined)
    const env = { ...button.env(), WORKERS_CI: '1' }

    const untouched = await made.command(deployCommand, [], env)
    const { status, output } = await filled.command(deployCommand, [], env)

    button.close()
    filled.remove()
    assert.equal(untouched.status, 1)
    assert.match(
      untouched.output,
      /^fault {2}settings {4}APP_URL: http:\/\/localhost:8787 is this computer; set it in \[vars\]/m,
    )
    assert.equal(status, 0, output)
    assert.deepEqual([...button.account.workers.keys()], ['gatehouse'])
    assert.deepEqual(Object.keys(button.account.workers.get('gatehouse')!.secrets).sort(), [
      'DATA_KEYS',
      'SIGNING_KEYS',
      'TOKEN_KEYS',
    ])
  })

  it('shows the steps if wrangler is not logged in, says so in the last line, and that there is no such environment', async () => {
    const stranger = await made.command(deployCommand, ['--dry-run'], account.env('another token'))
    const nowhere = await deploy('--dry-run', '--env', 'nope')

    assert.deepEqual([stranger.status, nowhere.status], [1, 1])
    assert.match(stranger.lines.at(-1)!, /^wrangler is not logged in/)
    for (const step of [
      'build public/',
      'make the D1 database',
      'migrate',
      'make the KV namespace',
      'make the Worker',
      'check that',
    ])
      assert.ok(
        stranger.lines.some((line) => line.startsWith(`to do? ${step}`)),
        `${step}: ${stranger.output}`,
      )
    assert.match(stranger.output, /^Which of these steps the account still needs is unknown/m)
    assert.deepEqual(nowhere.lines, ['wrangler.toml has no environment "nope".'])
  })
})
