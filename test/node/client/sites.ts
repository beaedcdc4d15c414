import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from './snippets.ts'

/** Fresh projects outside this one that install the client as the page describes. */

export const root = join(import.meta.dirname, '../../..')

/** A registry that cannot be reached: any request for a package fails. */
const nowhere = 'http://127.0.0.1:9/'
const windows = process.platform === 'win32'

/** Runs npm, and expects it to succeed. */
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

/** Creates a folder with a site and the clone next to it, as on the page. */
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
  // Without following links; otherwise the clone would be removed too.
  return {
    folder,
    site,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  }
}
