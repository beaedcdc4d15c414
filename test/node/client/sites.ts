import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from './snippets.ts'

/** Fresh projects, outside of this one, that install the client as the page says it. */

export const root = join(import.meta.dirname, '../../..')

/** Whatever asks for this asks the network. */
const nowhere = 'http://127.0.0.1:9/'
const windows = process.platform === 'win32'

/** Runs npm, and expects that it works. */
export const npm = async (cwd: string, args: string[], registry = nowhere, more: Record<string, string> = {}) => {
  const { npm_execpath: path = '' } = process.env
  const env = { npm_config_registry: registry, npm_config_audit: 'false', npm_config_fund: 'false', ...more }
  const own = /npm-cli\.c?js$/.test(path)
  const { status, output } = own
    ? await run(process.execPath, [path, ...args], { cwd, env })
    : // On Windows `npm` is a .cmd file, which only a shell can run.
      await run('npm', args, { cwd, env, shell: windows })
  assert.equal(status, 0, `npm ${args.join(' ')}:\n${output}`)
  return output
}

/** A folder with a site in it, and beside it the clone, as the page has them. */
export const makeSites = () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  symlinkSync(root, join(folder, 'gatehouse'), 'junction')
  let made = 0
  const site = (files: Record<string, string> = {}) => {
    const at = join(folder, `site-${++made}`)
    const all = { 'package.json': '{ "name": "site", "private": true, "type": "module" }\n', ...files }
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(at, path)), { recursive: true })
      writeFileSync(join(at, path), text)
    }
    return at
  }
  // Without following the links, or the clone would go with it.
  return {
    folder,
    site,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  }
}
