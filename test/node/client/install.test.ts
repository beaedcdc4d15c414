import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { startRegistry } from './registry.ts'
import { makeSites, npm, root } from './sites.ts'
import { run, snippets } from './snippets.ts'

const manifestOf = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path, 'package.json'), 'utf8'))
const client = manifestOf('client')
const { folder, site, remove } = makeSites()
const registry = await startRegistry()
after(() => {
  registry.close()
  remove()
})

/** The commands of the page, one list for each way of installing. */
const ways = snippets('reference/client.md', 'Installing', 'sh').map((text) => text.trim().split('\n'))
const [published, linked, copied, packed] = ways

const follow = async (commands: string[], url?: string) => {
  const at = site()
  for (const command of commands) {
    assert.match(command, /^npm /)
    await npm(at, command.replace('VERSION', client.version).split(' ').slice(1), url)
  }
  return at
}

const exportsOf = async (at: string) => {
  const code = "import('gatehouse-auth').then((all) => console.log(Object.keys(all).sort().join()))"
  return (await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: at })).output.trim()
}

const installed = (at: string) => join(at, 'node_modules', 'gatehouse-auth')

describe('a site gets the client', () => {
  it('in each way that the page shows', () => {
    assert.equal(ways.length, 4)
  })

  it('from a registry, where it was published', async () => {
    const config = join(folder, 'npmrc')
    writeFileSync(config, `//${new URL(registry.url).host}/:_authToken=token-of-nobody\n`)
    await npm(join(root, 'client'), ['publish'], registry.url, { npm_config_userconfig: config })

    const at = await follow(published!, registry.url)

    assert.match(await exportsOf(at), /createClient/)
    assert.deepEqual(
      readdirSync(join(at, 'node_modules')).filter((name) => !name.startsWith('.')),
      ['gatehouse-auth'],
    )
  })

  for (const [how, commands, isLink] of [
    ['as a link to a clone', linked, true],
    ['as a copy of a clone', copied, false],
    ['as a file', packed, false],
  ] as const)
    it(`${how}, and asks no registry for anything`, async () => {
      const at = await follow(commands!)

      assert.match(await exportsOf(at), /createClient/)
      assert.equal(lstatSync(installed(at)).isSymbolicLink(), isLink)
      const files = readdirSync(installed(at)).sort()
      if (!isLink) assert.deepEqual(files, ['LICENSE', 'README.md', 'dist', 'package.json'])
      // The next `npm ci` follows the lock file.
      await npm(at, ['ci', ...(commands === copied ? ['--install-links'] : [])])
      assert.match(await exportsOf(at), /createClient/)
    })
})

describe('the package', () => {
  it('has the version of the service, and no dependency', () => {
    assert.equal(client.version, manifestOf().version)
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'scripts'])
      assert.ok(!(kind in client), kind)
  })
})
