import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, describe, it } from 'node:test'
import { plugAndPlay, unfit } from '../../../cli/computer.mjs'
import { assertKnown } from '../../../cli/dev/options.ts'
import { withoutNoise } from '../../../cli/dev/output.ts'
import { forwarded, publicUrl } from '../../../cli/dev/public-url.ts'
import { root, runNode } from '../../../cli/lib/process.ts'
import { isNewEnough, projectNode } from '../../../cli/node.mjs'
import { meaning } from '../../../cli/npm-ci.mjs'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

describe('the Node that runs the commands', () => {
  it('is the computer’s own where it runs TypeScript and knows import.meta.main', () => {
    const versions = {
      ...{ '20.20.2': false, '22.17.1': false, '22.18.0': true, '22.23.5': true, '23.11.0': false },
      ...{ '24.0.0': false, '24.1.0': false, '24.2.0': true, '24.21.0': true, '25.0.0': true, '26.12.1': true },
    }
    for (const [version, enough] of Object.entries(versions)) assert.equal(isNewEnough(version), enough, version)
  })

  it('is else the pinned one of the platform, and no other', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'cli', 'node', 'package-lock.json'), 'utf8'))
    for (const platform of ['linux-x64', 'linux-arm64', 'win32-x64']) {
      const { path = '' } = projectNode('20.20.2', platform) ?? {}
      const name = /node_modules.([\w-]+)/.exec(path)![1]
      assert.match(packages[`node_modules/${name}`].integrity, /^sha512-/, platform)
    }
    for (const platform of ['darwin-arm64', 'darwin-x64', 'win32-arm64', 'linux-riscv64'])
      assert.equal(projectNode('20.20.2', platform), undefined, platform)
    assert.equal(projectNode('24.21.0', 'darwin-arm64')?.path, process.execPath)
  })
})

describe('a computer that cannot run the service', () => {
  for (const [computer, words] of [
    [{ platform: 'linux', arch: 'x64', libc: '2.35' }, undefined],
    [{ platform: 'linux', arch: 'arm64', libc: '2.41' }, undefined],
    [{ platform: 'linux', arch: 'x64', libc: '3.0' }, undefined],
    [{ platform: 'linux', arch: 'x64', libc: '2.31' }, /glibc 2\.35, and this Linux has 2\.31/],
    [{ platform: 'linux', arch: 'x64', libc: undefined }, undefined],
    [{ platform: 'linux', arch: 'riscv64', libc: '2.39' }, /does not exist for linux on riscv64/],
    [{ platform: 'darwin', arch: 'arm64', system: '22.6.0' }, undefined],
    [{ platform: 'darwin', arch: 'arm64', system: '25.0.0' }, undefined],
    [{ platform: 'darwin', arch: 'x64', system: '22.5.0' }, /macOS 13\.5/],
    [{ platform: 'win32', arch: 'x64', system: '10.0.22631' }, undefined],
    [{ platform: 'win32', arch: 'x64', system: '10.0.19045' }, /Windows 11, or WSL/],
    [{ platform: 'win32', arch: 'arm64', system: '10.0.22631' }, /x64 build of Node/],
    [{ platform: 'freebsd', arch: 'x64' }, /does not exist for freebsd/],
  ] as const)
    it(`is told so: ${JSON.stringify(computer)}`, () => {
      const says = unfit(computer)
      if (words) assert.match(says ?? '', words)
      else if ('libc' in computer && computer.libc === undefined) assert.equal(unfit(computer), unfit())
      else assert.equal(says, undefined)
    })

  it('is told so on Alpine Linux, which has no glibc', () => {
    assert.match(unfit({ platform: 'linux', arch: 'x64', libc: '' }) ?? '', /glibc/)
  })
})

describe('what npm says', () => {
  for (const [output, words] of [
    ['npm error code ECONNREFUSED\nnpm error syscall connect', /registry cannot be reached/],
    ['npm error code ENOTFOUND', /registry cannot be reached/],
    [
      'npm error code ETARGET\nnpm error No matching version found for wrangler@4 with a date before 1/1/2020.',
      /npm hides new packages/,
    ],
    ['npm error code ENOTCACHED', /offline/],
    ['npm error code EINTEGRITY', /Do not go on/],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', /certificate is not trusted/],
    ['npm error code E401', /refuses this computer/],
    ['npm error code EACCES', /may not write/],
    ['npm error code ENOSPC', /disk is full/],
    ['npm error code EUSAGE', /same commit/],
  ] as const)
    it(`is explained: ${output.split('\n')[0]}`, () => assert.match(meaning(output) ?? '', words))

  it('is left as it is where nothing is known about it', () => assert.equal(meaning('npm error 7'), undefined))
})

describe('another package manager', () => {
  for (const manager of ['yarn/4.18.0 npm/? node/v24', 'pnpm/11.0.0 npm/?', 'bun/1.3.0 npm/?'])
    it(`is told that npm is wanted: ${manager.split('/')[0]}`, async () => {
      const { status, output } = await runNode([join(root, 'cli', 'only-npm.mjs')], {
        env: { npm_config_user_agent: manager },
      })
      assert.equal(status, 1)
      assert.match(output, /installed by npm and no other/)
    })

  it('is npm', async () => {
    const file = join(root, 'cli', 'only-npm.mjs')
    for (const env of [{ npm_config_user_agent: 'npm/12.2.2 node/v26' }, { npm_config_user_agent: undefined }])
      assert.deepEqual(await runNode([file], { env }), { status: 0, output: '' })
  })

  it('left Plug’n’Play here or above', () => {
    const below = join(folder, 'a', 'b')
    mkdirSync(below, { recursive: true })
    const before = plugAndPlay(below)
    writeFileSync(join(folder, '.pnp.cjs'), '')

    assert.equal(before, undefined)
    assert.equal(plugAndPlay(below), join(folder, '.pnp.cjs'))
  })
})

describe('npm start', () => {
  it('knows where Codespaces and Gitpod forward a port to', () => {
    const codespaces = { CODESPACE_NAME: 'fluffy-7', GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: 'app.github.dev' }
    const gitpod = { GITPOD_WORKSPACE_URL: 'https://fluffy-7.ws-eu1.gitpod.io' }

    assert.equal(forwarded(codespaces, 8787), 'https://fluffy-7-8787.app.github.dev')
    assert.equal(forwarded(gitpod, 9000), 'https://9000-fluffy-7.ws-eu1.gitpod.io')
    assert.equal(forwarded({ CODESPACE_NAME: 'fluffy-7' }, 8787), undefined)
    assert.equal(forwarded({}, 8787), undefined)
  })

  it('takes only the origin of a page as --public-url', () => {
    assert.equal(publicUrl('https://a.example.com/'), 'https://a.example.com')
    for (const wrong of [
      'http://a.example.com',
      'a.example.com',
      'https://a.example.com/x',
      'https://u@a.example.com',
      '',
    ])
      assert.throws(() => publicUrl(wrong), /--public-url is where browsers reach this computer/, wrong)
  })

  it('refuses an option that neither it nor wrangler has, and passes the others on', async () => {
    await assert.rejects(assertKnown(['--prot', '8822']), /has an option --prot\. See npm start/)
    await assert.doesNotReject(assertKnown(['--var', 'DOCS:off', '--log-level=debug', '--no-live-reload']))
    await assert.doesNotReject(assertKnown([]))
  })

  it('keeps the noise of wrangler back, and shows faults and the service’s own lines', async () => {
    const written: string[] = []
    const child = Object.assign(new EventEmitter(), { stdout: new PassThrough(), stderr: new PassThrough() })
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const output = withoutNoise(child as never, (line) => written.push(line))
    child.stdout.write('a table of bindings\n\u001b[31m✘ [ERROR]\u001b[0m a fault\n')
    await turn()
    output.started()
    child.stderr.write('Scheduled Workers are not automatically triggered\n')
    child.stdout.write('[wrangler:info] GET /health 200 OK (3ms)\n{"level":"info"}\nhalf')
    await turn()
    child.stdout.end(' a line')
    await turn()
    await turn()

    assert.deepEqual(written, ['\u001b[31m✘ [ERROR]\u001b[0m a fault', '{"level":"info"}', 'half a line'])
  })

  it('shows everything if it does not start', async () => {
    const { status, output } = await runNode([
      '--input-type=module',
      '-e',
      `import { EventEmitter } from 'node:events'
       import { PassThrough } from 'node:stream'
       import { withoutNoise } from ${JSON.stringify(join(root, 'cli', 'dev', 'output.ts').replaceAll('\\', '/'))}
       const child = Object.assign(new EventEmitter(), { stdout: new PassThrough(), stderr: new PassThrough() })
       const output = withoutNoise(child)
       child.stdout.write('why it failed\\n')
       setImmediate(() => output.failed())`,
    ])
    assert.deepEqual([status, output.trim()], [0, 'why it failed'])
  })
})
