import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readArguments, runCommand } from '../../cli/lib/command.ts'
import { Stop } from '../../cli/lib/database.ts'
import { root, run, runNode } from '../../cli/lib/process.ts'
import { entriesOf, follows, released } from './changelog.ts'

const help = `
Makes a release, in two steps with a commit between them.

  npm run release -- VERSION [OPTIONS]

The first run writes the version into package.json, client/package.json and package-lock.json, dates the entries of CHANGELOG.md
under Unreleased, and keeps the built Worker in test/support/previous/, where tests run it on the next schema. Review and
commit these changes. The second run runs npm test and tags the commit. Nothing is pushed or published.

  --dry-run      shows what it would do, and changes nothing
  --tested       skips npm test, because it has passed for this commit
  --folder DIR   the folder of the project, if it is not this one
  --help
`

type Manifest = { version: string; packages?: Record<string, { version?: string }> }

const git = (folder: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Stop(`git ${args[0]}: ${stderr.trim()}`)
  return stdout.trim()
}

const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')
const manifest = (folder: string, name = 'package.json') => JSON.parse(read(folder, name)) as Manifest
const write = (folder: string, name: string, value: object) =>
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)

/** The service, and the client that is published with it. */
const manifests = ['package.json', 'client/package.json']

/**
 * Keeps the deployable Worker: its modules, packed, and the configuration to run them. Only the last release is kept.
 */
const keepBundle = async (folder: string, version: string) => {
  const out = mkdtempSync(join(tmpdir(), 'gatehouse-release-'))
  const args = [
    'deploy',
    '--dry-run',
    '--minify',
    '--outdir',
    out,
    '--config',
    join(folder, 'wrangler.toml'),
    '--env',
    '',
  ]
  const { status, output } = await run('wrangler', args)
  if (status !== 0) throw new Stop(`The Worker cannot be built:\n${output.trim()}`)
  const target = join(folder, 'test', 'support', 'previous')
  rmSync(target, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  mkdirSync(target, { recursive: true })
  const modules = readdirSync(out).filter((name) => /\.(js|wasm)$/.test(name))
  for (const name of modules)
    writeFileSync(join(target, `${name}.gz`), gzipSync(readFileSync(join(out, name)), { level: 9 }))
  rmSync(out, { recursive: true, maxRetries: 10, retryDelay: 200 })
  const migrations = readdirSync(join(folder, 'migrations')).filter((name) => name.endsWith('.sql'))
  write(folder, 'test/support/previous/release.json', { version, modules, migrations: migrations.sort() })
  return modules.reduce((sum, name) => sum + statSync(join(target, `${name}.gz`)).size, 0)
}

const prepare = async (folder: string, version: string, date: string) => {
  writeFileSync(join(folder, 'CHANGELOG.md'), released(read(folder, 'CHANGELOG.md'), version, date))
  for (const file of manifests) write(folder, file, { ...manifest(folder, file), version })
  const lock = manifest(folder, 'package-lock.json')
  const { '': own, ...others } = lock.packages ?? {}
  write(folder, 'package-lock.json', { ...lock, version, packages: { '': { ...own, version }, ...others } })
  // The OpenAPI document contains the version.
  if (folder === root) await runNode([join(root, 'tools', 'generate', 'build.ts')])
  return keepBundle(folder, version)
}

await runCommand(async (args) => {
  const { values, positionals } = readArguments('release', args, {
    'dry-run': { type: 'boolean', default: false },
    tested: { type: 'boolean', default: false },
    folder: { type: 'string', default: root },
  })
  if (values.help) {
    console.log(help.trim())
    return 0
  }
  const folder = resolve(values.folder)
  const [version = '', ...others] = positionals
  if (others.length > 0 || !follows(version, '0.0.0')) throw new Stop('One version is needed: npm run release -- 1.2.3')
  const changed = git(folder, 'status', '--porcelain')
  if (changed) throw new Stop(`Commit or stash first:\n${changed}`)
  const tag = `v${version}`
  if (git(folder, 'tag', '--list', tag)) throw new Stop(`${tag} already exists: a release never changes.`)

  const [unreleased, last] = entriesOf(read(folder, 'CHANGELOG.md'))
  if (unreleased?.version !== 'Unreleased') throw new Stop('CHANGELOG.md does not begin with [Unreleased].')
  const { version: current } = manifest(folder)
  if (current !== version) {
    if (!follows(version, current)) throw new Stop(`${version} does not follow ${current}.`)
    if (!unreleased.text) throw new Stop('CHANGELOG.md has nothing under [Unreleased].')
    console.log(
      `${current} becomes ${version}: ${manifests.join(', ')}, package-lock.json, CHANGELOG.md, test/support/previous/`,
    )
    if (values['dry-run']) console.log('Nothing was done: --dry-run.')
    else {
      const bytes = await prepare(folder, version, new Date().toISOString().slice(0, 10))
      console.log(
        `The Worker is saved: ${Math.ceil(bytes / 1024)} KiB. Review and commit the changes, then run this again.`,
      )
    }
    return 0
  }

  const kept = JSON.parse(read(folder, 'test/support/previous/release.json')) as { version: string }
  const lock = manifest(folder, 'package-lock.json')
  const differs = Object.entries({
    'client/package.json': manifest(folder, 'client/package.json').version,
    'package-lock.json': lock.version,
    'CHANGELOG.md': last?.date ? last.version : 'no date',
    'test/support/previous/release.json': kept.version,
  }).filter(([, other]) => other !== version)
  if (differs.length > 0)
    throw new Stop(
      `package.json says ${version}; ${differs.map(([file, other]) => `${file} says ${other}`).join('; ')}.`,
    )
  console.log(`${values.tested ? '' : 'npm test, then '}${tag} for ${git(folder, 'rev-parse', '--short', 'HEAD')}`)
  if (values['dry-run']) {
    console.log('Nothing was done: --dry-run.')
    return 0
  }
  if (!values.tested) {
    const { status } = await runNode([join(root, 'tools', 'check', 'check.ts')], { stdio: 'inherit' })
    if (status !== 0) throw new Stop('npm test failed, so nothing was tagged.')
  }
  git(folder, 'tag', '--annotate', tag, '--message', `${version}\n\n${last!.text}`)
  console.log(`Tagged. To publish it: git push origin ${tag}`)
  return 0
})
