import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { root, runNode } from '../../../cli/lib/process.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { entriesOf, follows } from '../../../tools/release/changelog.ts'

const changelog = `# Changelog

## [Unreleased]

### Added

- A thing.

## [0.1.0] - 2026-01-01

- The first.
`

describe('CHANGELOG.md', () => {
  const [unreleased, ...entries] = entriesOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))

  it('has what is unreleased first, then dated versions, newest first, down to the one of package.json', () => {
    assert.equal(unreleased?.version, 'Unreleased')
    assert.ok(entries.every(({ date, text }) => date && text))
    assert.equal(entries[0]?.version, packageJson.version)
    for (const [index, { version }] of entries.entries()) assert.ok(follows(version, entries[index + 1]?.version))
  })
})

describe('a version', () => {
  it('may follow only a smaller one', () => {
    assert.deepEqual(
      [
        ['0.2.0', '0.1.9'],
        ['1.0.0', '0.9.9'],
        ['0.1.10', '0.1.9'],
      ].map(([next, last]) => follows(next!, last)),
      [true, true, true],
    )
    assert.deepEqual(
      [
        ['0.1.0', '0.1.0'],
        ['0.0.9', '0.1.0'],
        ['1.0', '0.1.0'],
        ['v1.0.0', '0.1.0'],
        ['1.0.0-rc.1', '0.1.0'],
      ].map(([next, last]) => follows(next!, last)),
      [false, false, false, false, false],
    )
  })
})

describe('npm run release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const git = (...args: string[]) => {
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'core.autocrlf=false']
    const { status, stdout, stderr } = spawnSync('git', [...who, ...args], { cwd: folder, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return stdout.trim()
  }
  const commit = () => {
    git('add', '.')
    git('commit', '--quiet', '--message', 'A change')
  }
  const release = async (...args: string[]) => {
    const env = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' }
    const script = join(root, 'tools', 'release', 'release.ts')
    const { status, output } = await runNode([script, ...args, '--folder', folder], { env })
    return { status, output: output.trimEnd() }
  }

  git('init', '--quiet')
  for (const name of ['client', 'migrations', 'test']) mkdirSync(join(folder, name))
  write('migrations/0000_init.sql', 'select 1;')
  write('package.json', '{\n  "name": "x",\n  "version": "0.1.0"\n}\n')
  write('client/package.json', '{ "name": "y", "version": "0.1.0" }\n')
  write('package-lock.json', '{ "name": "x", "version": "0.1.0", "packages": { "": { "version": "0.1.0" } } }')
  write('CHANGELOG.md', changelog)
  write('index.js', 'export default { fetch: () => new Response("a Worker") }\n')
  write('wrangler.toml', 'name = "x"\nmain = "index.js"\ncompatibility_date = "2026-11-01"\n')
  commit()

  it('refuses what cannot be released, in a line or two', async () => {
    write('stray', '')
    const dirty = await release('0.2.0')
    rmSync(join(folder, 'stray'))
    const said = [
      dirty,
      await release(),
      await release('0.2'),
      await release('0.0.9'),
      await release('0.2.0', '--loud'),
    ]

    for (const { status } of said) assert.equal(status, 1)
    assert.match(said[0]!.output, /^Commit or stash first:\n\?\? stray$/)
    assert.match(said[1]!.output, /^One version is needed/)
    assert.match(said[2]!.output, /^One version is needed/)
    assert.match(said[3]!.output, /^0\.0\.9 does not follow 0\.1\.0\.$/)
    assert.match(said[4]!.output, /^Unknown option '--loud'/)
    assert.equal(git('status', '--porcelain'), '')
  })

  it('prepares a release, and tags the committed one; --dry-run does neither (F14)', async () => {
    const told = await release('0.2.0', '--dry-run')
    const untouched = git('status', '--porcelain')
    const prepared = await release('0.2.0')
    const uncommitted = await release('0.2.0', '--tested')
    commit()
    const dry = await release('0.2.0', '--tested', '--dry-run')
    const none = git('tag')
    const tagged = await release('0.2.0', '--tested')
    const again = await release('0.2.0', '--tested')

    assert.match(told.output, /^0\.1\.0 becomes 0\.2\.0: [\s\S]*Nothing was done: --dry-run\.$/)
    assert.equal(untouched, '')
    assert.equal(prepared.status, 0, prepared.output)
    assert.deepEqual(
      [
        JSON.parse(read('package.json')).version,
        JSON.parse(read('client/package.json')).version,
        JSON.parse(read('package-lock.json')).packages[''].version,
      ],
      ['0.2.0', '0.2.0', '0.2.0'],
    )
    const [unreleased, first] = entriesOf(read('CHANGELOG.md'))
    assert.deepEqual([unreleased!.text, first!.version], ['', '0.2.0'])
    assert.match(first!.text, /A thing\./)
    const kept = JSON.parse(read('test/support/previous/release.json'))
    assert.deepEqual([kept.version, kept.migrations], ['0.2.0', ['0000_init.sql']])
    const [name] = kept.modules
    assert.match(gunzipSync(readFileSync(join(folder, 'test/support/previous', `${name}.gz`))).toString(), /a Worker/)
    assert.match(uncommitted.output, /^Commit or stash first:/)
    assert.match(dry.output, /^v0\.2\.0 for [0-9a-f]+\nNothing was done: --dry-run\.$/)
    assert.equal(none, '')
    assert.equal(tagged.status, 0, tagged.output)
    assert.equal(git('tag'), 'v0.2.0')
    assert.match(git('tag', '--list', '--format=%(contents)'), /A thing\./)
    assert.match(again.output, /^v0\.2\.0 already exists/)
  })

  it('does not tag if the files name different versions', async () => {
    write('package.json', '{\n  "name": "x",\n  "version": "0.3.0"\n}\n')
    commit()

    const { status, output } = await release('0.3.0', '--tested')

    assert.equal(status, 1)
    assert.match(
      output,
      /^package\.json says 0\.3\.0; client\/package\.json says 0\.2\.0; package-lock\.json says 0\.2\.0; CHANGELOG\.md says 0\.2\.0; test\/support\/previous\/release\.json says 0\.2\.0\.$/,
    )
    assert.equal(git('tag'), 'v0.2.0')
  })
})
