import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { admin } from '../../../cli/admin.ts'
import { auditExport } from '../../../cli/audit-export.ts'
import { backup } from '../../../cli/backup.ts'
import { deploy } from '../../../cli/deploy.ts'
import { doctor } from '../../../cli/doctor.ts'
import { importUsers } from '../../../cli/import.ts'
import type { Main } from '../../../cli/lib/command.ts'
import { root, runNode } from '../../../cli/lib/process.ts'
import { said } from '../../../cli/lib/said.ts'
import { secrets } from '../../../cli/secrets.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { sbom } from '../../../tools/packages/sbom.ts'
import { makeDatabase } from './databases.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
const path = (name: string) => join(folder, name)
after(() => {
  // Lazily, because a process that a test started may still use it.
  if (noDisk === undefined && existsSync(full)) spawnSync('umount', ['-l', full])
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
})

const windows = process.platform === 'win32'

/** The file behind each script of ours; the others are tools with their own help. */
const files = Object.fromEntries(
  Object.entries(packageJson.scripts).flatMap(([name, script]) => {
    const [, file] = /((?:cli|tools)\/[\w/-]+\.ts)$/.exec(script) ?? []
    return file ? [[name, file]] : []
  }),
)

// No command in this test may reach an account, or wait for a person.
const env = {
  CLOUDFLARE_API_TOKEN: 'none',
  CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9/client/v4',
  BACKUP_PASSPHRASE: 'correct horse battery staple',
}
const within = 60_000

const argsOf = (name: string, args: string[]) => [join(root, files[name]!), ...args]
const command = (name: string, ...args: string[]) => runNode(argsOf(name, args), { env, within })

let noDisk: string | undefined
const full = path('full')

/** Creates a disk that is full. @returns why there is none: only root can create one, and not in every container */
const fillDisk = (): string | undefined => {
  mkdirSync(full)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full], { stdio: 'ignore' })
  if (status !== 0) return 'this account can mount no small disk to fill'
  try {
    writeFileSync(join(full, 'everything'), Buffer.alloc(1_000_000))
  } catch {}
  return
}

const stack = /^\s+at .*(:\d+:\d+|<anonymous>)/m
const raw = /triggerUncaughtException|node:internal|Node\.js v\d|\[Error: |This is a fault of the command/

const assertSentence = ({ status, output, late }: { status: number; output: string; late?: boolean }) => {
  assert.ok(!late, `it did not end: ${output}`)
  assert.equal(status, 1, output)
  assert.ok(output.trim().length > 0, 'it says nothing')
  assert.doesNotMatch(output, stack)
  assert.doesNotMatch(output, raw)
}

describe('every command', () => {
  for (const name of Object.keys(files)) {
    it(`explains itself: npm run ${name} -- --help`, async () => {
      const { status, output } = await command(name, '--help')

      assert.equal(status, 0, output)
      assert.match(
        output,
        name === 'test' || name === 'check'
          ? /npm test/
          : name === 'start' || name === 'dev'
            ? /npm start/
            : new RegExp(`npm run ${name}`),
      )
    })

    // npm start passes on what it does not know, and npm test takes names of files.
    if (!['start', 'dev', 'test', 'check'].includes(name))
      it(`names an option that it does not know: npm run ${name} -- --nope`, async () => {
        const result = await command(name, '--nope')

        assertSentence(result)
        assert.match(result.output, /--nope/)
      })
  }
})

/** Things that a command may find where it reads or writes. */
const places: Record<string, () => string | undefined> = {
  'a missing folder': () => path('missing/file'),
  'a folder': () => path('folder'),
  'a file in place of a folder': () => path('file/x'),
  'a place that may only be read': () => {
    if (windows) return
    // Root may write in every folder of a disk, but nobody may write in /proc.
    return process.getuid?.() === 0 ? (existsSync('/proc/self') ? '/proc/x' : undefined) : path('read-only/x')
  },
  'a full disk': () => (noDisk === undefined ? join(full, 'x') : undefined),
  'a device': () => (existsSync('/dev/null') ? '/dev/null' : undefined),
  garbage: () => path('garbage'),
}

/** Most commands run in this process, because starting a process takes half a second each. */
const mains: Record<string, Main> = {
  admin,
  'audit-export': auditExport,
  backup,
  deploy,
  doctor,
  import: importUsers,
  sbom,
  secrets,
}

/** The commands that take a path, with that path. Options that need a database name one that exists. */
const taking: Record<string, (at: string, state: string) => [string, ...string[]]> = {
  'backup to': (at, state) => ['backup', at, '--persist-to', state],
  'backup to, encrypted': (at, state) => ['backup', at, '--encrypt', '--persist-to', state],
  'backup of': (at) => ['backup', join(folder, 'new.gz'), '--persist-to', at],
  'restore of': (at, state) => ['backup', at, '--restore', '--persist-to', state],
  'restore into': (at) => ['backup', join(folder, 'garbage'), '--restore', '--persist-to', at],
  'verification of': (at) => ['backup', at, '--verify'],
  'export of the audit to': (at, state) => [
    'audit-export',
    '2026-01-01',
    '2026-01-02',
    '--csv',
    '--out',
    at,
    '--persist-to',
    state,
  ],
  'export of the audit of': (at) => [
    'audit-export',
    '2026-01-01',
    '2026-01-02',
    '--out',
    path('new'),
    '--persist-to',
    at,
  ],
  'admin in': (at) => ['admin', 'ada@example.com', '--persist-to', at],
  'import of': (at, state) => ['import', at, '--persist-to', state],
  'import with a mapping': (at, state) => [
    'import',
    join(folder, 'users.json'),
    '--mapping',
    at,
    '--persist-to',
    state,
  ],
  'import into': (at) => ['import', join(folder, 'users.json'), '--persist-to', at],
  'doctor with': (at) => ['doctor', '--config', at],
  'doctor of': (at) => ['doctor', '--persist-to', at],
  'deploy with': (at) => ['deploy', '--dry-run', '--config', at],
  'secrets in': (at) => ['secrets', at],
  'sbom to': (at) => ['sbom', at],
}

/** Cases without a fault: a file of secrets is text whose other lines are kept, and sbom replaces a file. */
const fine = ['secrets in garbage', 'sbom to garbage']

describe('no command shows a stack trace', () => {
  let state = ''
  before(async () => {
    noDisk = windows ? 'Windows mounts no small disk' : fillDisk()
    state = await makeDatabase(path('database'))
    mkdirSync(path('folder'))
    mkdirSync(path('read-only'))
    if (!windows) chmodSync(path('read-only'), 0o500)
    writeFileSync(path('file'), '')
    writeFileSync(path('garbage'), Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 7919) & 0xff)))
    writeFileSync(path('users.json'), JSON.stringify([{ email: 'ada@example.com', password: 'x' }]))
  })
  after(() => {
    if (!windows) chmodSync(path('read-only'), 0o700)
  })

  for (const [what, args] of Object.entries(taking))
    for (const [where, place] of Object.entries(places))
      it(`${what} ${where}`, async (t) => {
        const at = place()
        if (at === undefined) return t.skip(noDisk ?? 'this computer has no such place')

        const [name, ...rest] = args(at, state)
        const result = await inside(mains[name]!, rest, env)

        assert.ok(windows || statSync('/dev/null').isCharacterDevice())
        if (fine.includes(`${what} ${where}`)) assert.equal(result.status, 0, result.output)
        else assertSentence(result)
      })
})

describe('an error that no command expects', () => {
  it('is one line, with file and meaning if it is a system error', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    })
    const { message } = new Error('x')
    const folderError = (() => {
      try {
        return readFileSync(folder)
      } catch (error) {
        return error
      }
    })()

    assert.equal(said(full), 'the disk is full (ENOSPC).')
    assert.match(said(folderError), /it is a folder \(EISDIR\)\.$/)
    assert.equal(said(new TypeError(`${message} is no function\nsecond line`)).split('\n').length, 1)
    assert.match(said(new TypeError('x is no function')), /^This is a fault of the command: x is no function/)
    assert.match(said('a text'), /a text/)
  })
})
