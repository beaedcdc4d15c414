import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { build } from 'vite'
import { freePort, makePlace, type Service, startService } from '../blackbox/service.ts'
import { call, someone, tokenFor } from '../blackbox/visitor.ts'
import { program, typed, worker } from './programs.ts'
import { exportsInReactNative } from './react-native.ts'
import { makeSites, npm, root } from './sites.ts'
import { run } from './snippets.ts'

/**
 * Tests the client as npm packs it, in a fresh project, in every runtime that it supports, against the running service.
 */

const place = makePlace()
const { site, remove } = makeSites()
const credentials = someone()
let service: Service
let at: string
let given: { url: string; email: string; password: string }

const compilerOptions = { target: 'ES2022', strict: true, noEmit: true, types: [], exactOptionalPropertyTypes: true }
const tsconfig = (module: string, moduleResolution: string, lib: string[], more = {}) =>
  JSON.stringify({
    compilerOptions: { ...compilerOptions, module, moduleResolution, lib, ...more },
    files: ['typed.ts'],
  })
/** Node's own types have `fetch` and related names; those of a browser are in the DOM's types. */
const node = { types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] }

before(async () => {
  service = await startService(place, await freePort())
  const url = service.url
  given = { url, ...credentials }
  await call(url, 'POST /api/auth/register', { json: credentials })
  const token = await tokenFor(url, credentials.email, 'verify-email')
  assert.equal((await call(url, 'POST /api/auth/verify-email', { json: { token } })).status, 200)

  at = site({
    'app.js': program,
    'client.js': "export { createClient } from 'gatehouse-auth'\n",
    'typed.ts': typed,
    'bundler.json': tsconfig('ESNext', 'Bundler', ['ES2022', 'DOM', 'DOM.Iterable']),
    'nodenext.json': tsconfig('NodeNext', 'NodeNext', ['ES2022'], node),
  })
  const packed = (await npm(at, ['pack', join(root, 'client')])).trim().split('\n').at(-1)!
  await npm(at, ['install', `./${packed}`])
})
after(async () => {
  await service?.stop()
  place.remove()
  remove()
})

const bundle = async (entry: string, format: 'es' | 'cjs') => {
  const built = await build({
    root: at,
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: true, lib: { entry: join(at, entry), formats: [format], fileName: 'app' } },
  })
  const [first] = [built].flat() as { output: { code: string }[] }[]
  return first!.output[0]!.code
}

const lived = {
  same: true,
  turned: true,
  sessions: 1,
  code: 'invalid_credentials',
  words: /^The e-mail address or password is wrong/,
}
const assertLived = (result: unknown) => {
  const { words, ...rest } = result as typeof lived & { words: string }
  const { words: pattern, ...expected } = lived
  assert.deepEqual(rest, expected)
  assert.match(words, pattern)
}

describe('the packed client', () => {
  it('works in Node', async () => {
    const code = `import('./app.js').then(async ({ live }) => console.log(JSON.stringify(await live(${JSON.stringify(given)}))))`
    const { output } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: at })

    assertLived(JSON.parse(output))
  })

  it('works in a bundle of Vite, in a scope like React Native’s', async () => {
    const { live } = exportsInReactNative(await bundle('app.js', 'cjs'))

    // Objects from another realm have other prototypes.
    assertLived(JSON.parse(JSON.stringify(await live!(given))))
  })

  it('works in a Worker', async () => {
    const app = await bundle('app.js', 'es')
    const options = convertV4MiniflareOptions({
      host: '127.0.0.1',
      cf: false,
      compatibilityDate: '2026-01-01',
      modules: [
        { type: 'ESModule', path: 'worker.js', contents: worker },
        { type: 'ESModule', path: 'app.js', contents: app },
      ],
    })
    const runtime = new Miniflare(options)
    try {
      const reply = await runtime.dispatchFetch('http://site.example/', { method: 'POST', body: JSON.stringify(given) })

      assertLived(await reply.json())
    } finally {
      await runtime.dispose()
    }
  })

  for (const config of ['bundler', 'nodenext'])
    it(`has its types under moduleResolution ${config}, with strict and every library checked`, async () => {
      const { status, output } = await run(
        process.execPath,
        [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', `${config}.json`],
        { cwd: at },
      )

      assert.equal(status, 0, output)
    })

  it('is as large as its page says', async () => {
    const [, said] =
      /and is ([\d.]+) KB of JavaScript/.exec(readFileSync(join(root, 'docs', 'reference', 'client.md'), 'utf8')) ?? []
    const bytes = gzipSync(await bundle('client.js', 'es'), { level: 9 }).length

    assert.ok(Math.abs(bytes / 1024 - Number(said)) < 0.15, `${(bytes / 1024).toFixed(1)} KB`)
  })
})
