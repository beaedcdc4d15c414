import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root } from '../../../cli/lib/process.ts'

/** What works on Linux and macOS and not on Windows, as far as the text of a file shows it. */
const rules: { what: string; form: RegExp; unless?: RegExp; instead: string }[] = [
  {
    what: 'a command that is a .cmd file or does not exist',
    form: /\bspawn(?:Sync)?\(\s*'(?:npm|npx|sh|bash|rm|cp|kill)'|\bexec(?:File)?Sync\(\s*'(?:npm|npx|sh|bash)\b/,
    unless: /windows|win32/,
    instead: 'run the file behind it with process.execPath, or a shell on Windows',
  },
  {
    what: 'a process group',
    form: /process\.kill\(\s*-/,
    unless: /windows|win32/,
    instead: 'taskkill /t on Windows',
  },
  {
    what: 'a path of Unix',
    form: /['"`]\/(?:tmp|dev|proc|etc|home|usr)\b/,
    unless: /windows|win32|linux|skip|stdin/i,
    instead: 'tmpdir(), or skip the case on Windows',
  },
  {
    what: 'a link to a folder that needs a right',
    form: /symlinkSync\((?![^)]*'junction')/,
    unless: /windows|win32|junction/,
    instead: "the type 'junction'",
  },
  {
    what: 'a removal while a program may still have a file open',
    form: /rmSync\([^)]*recursive: true(?![^)]*maxRetries)/,
    unless: /windows|win32/,
    instead: 'maxRetries and retryDelay',
  },
]

const files = () =>
  globSync(['{cli,tools,test,e2e,examples,bench,client}/**/*.{ts,mjs}'], {
    cwd: root,
    exclude: (path) => /(^|[\\/])(node_modules|dist|\.astro|\.wrangler|test[\\/]worker|support)$/.test(path),
  })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !/^test\/(worker|support)\//.test(path))

/** Files of which a whole series is skipped on Windows, or that no command of a user runs. */
const elsewhere: Record<string, string> = {
  'test/node/blackbox/readme.test.ts': 'skipped: the session of README.md is bash',
  'test/node/commands/private-files.test.ts': 'skipped: links of Windows need a right',
  'test/node/commands/backup-safety.test.ts': 'skipped: a full disk is /dev/full',
  'test/node/blackbox/jar-clients.ts': 'one of several places where Python may be',
  'test/node/client/verify-tokens.test.ts': 'one of several places where Python may be',
  'tools/prove/openapi-tools.ts': 'the session of README.md is bash',
  'bench/cpu.ts': 'measured on Linux alone',
  'bench/serve.ts': 'measured on Linux alone',
}

/** The lines around a find: a guard stands near to what it guards. */
const around = (text: string, index: number) => {
  const before = text.lastIndexOf('\n', Math.max(0, index - 400))
  return text.slice(Math.max(0, before), index + 400)
}

const faultsIn = (text: string) =>
  rules.flatMap(({ what, form, unless, instead }) =>
    [...text.matchAll(new RegExp(form, 'g'))].flatMap(({ index }) => {
      if (unless?.test(around(text, index))) return []
      return `${text.slice(0, index).split('\n').length}: ${what}: use ${instead}`
    }),
  )

describe('what runs on Windows too', () => {
  it('does nothing that Windows has no way for', () => {
    const all = files()
    const found = all
      .filter((path) => path !== 'test/node/commands/windows.test.ts' && !(path in elsewhere))
      .flatMap((path) => faultsIn(readFileSync(join(root, path), 'utf8')).map((fault) => `${path}:${fault}`))

    assert.ok(all.length > 150, `${all.length} files`)
    for (const path of Object.keys(elsewhere)) assert.ok(all.includes(path), path)
    assert.deepEqual(found, [])
  })

  for (const { what, text } of [
    { what: 'npm without a shell', text: "spawn('npm', ['ci'])" },
    { what: 'a process group', text: 'process.kill(-child.pid)' },
    { what: 'a folder of Unix', text: "writeFileSync('/tmp/x')" },
    { what: 'a link', text: 'symlinkSync(target, path)' },
    { what: 'a removal', text: 'rmSync(folder, { recursive: true, force: true })' },
  ])
    it(`would be found: ${what}`, () => {
      assert.equal(faultsIn(`first\n${text}`).length, 1)
      assert.deepEqual(faultsIn(`if (!windows) ${text}`), [])
    })
})
