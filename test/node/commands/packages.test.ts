import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { root, run, runNode } from '../../../cli/lib/process.ts'
import { locked, lockFiles, manifest, shipped, unpinned } from '../../../tools/packages/packages.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
after(() => rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 200 }))

const script = (name: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
  runNode([join(root, 'tools', 'packages', `${name}.ts`), ...args], { env })

/** The packages of package-lock.json. A package that is imported under another name has its real name in the entry. */
const all = Object.entries(locked()).map(([path, entry]) => ({ name: path.replace(/^.*node_modules\//, ''), ...entry }))

describe('package.json', () => {
  const { dependencies, devDependencies, allowScripts } = manifest()

  it('names exact versions (ASVS 15.2.1)', () => {
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+$/.test(version),
    )

    assert.deepEqual(loose, [])
  })

  it('says of every package with an install script whether it may run', () => {
    const undecided = all.filter(({ name, hasInstallScript }) => hasInstallScript && !(name in allowScripts))

    // npm also records those of other platforms; fsevents is for macOS and builds nothing elsewhere.
    assert.deepEqual([...new Set(undecided.map(({ name }) => name))], [])
  })
})

describe('every package-lock.json', () => {
  it('is found', () => {
    assert.deepEqual(lockFiles().sort(), [
      'bench/package-lock.json',
      'cli/node/package-lock.json',
      'e2e/package-lock.json',
      'examples/astro/package-lock.json',
      'examples/spa/package-lock.json',
      'openapi-tools/package-lock.json',
      'package-lock.json',
      'verifiers/package-lock.json',
    ])
  })

  it('holds a checksum of every package for every platform, and names no place but the public registry (ASVS 15.1.2)', () => {
    for (const file of lockFiles()) assert.deepEqual(unpinned(locked(file)), [], file)
    assert.ok(shipped().every(({ integrity }) => /^sha512-/.test(integrity ?? '')))
  })

  it('would be refused with a package that has a weak checksum, part of one, none, or comes from elsewhere', () => {
    const [path, entry] = Object.entries(locked()).find(([, { optional }]) => optional)!
    for (const change of [
      { integrity: undefined },
      { integrity: '' },
      { integrity: 'sha512-' },
      { integrity: `sha1-${'A'.repeat(27)}=` },
      { resolved: 'http://registry.npmjs.org/a.tgz' },
      { resolved: 'https://registry.npmjs.org.example.com/a.tgz' },
      { resolved: 'git+ssh://git@example.com/a.git' },
    ])
      assert.deepEqual(unpinned({ [path]: { ...entry, ...change } }), [path])
    assert.deepEqual(unpinned({ [path]: { ...entry, resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' } }), [])
  })
})

describe('docs/reference/licences.md', () => {
  it('is what package-lock.json says', async () => {
    assert.deepEqual(await script('licences', ['--check']), { status: 0, output: '' })
  })

  it('names every package of the bundle (ASVS 15.1.2)', async () => {
    const metafile = join(folder, 'meta.json')
    const { output } = await run('wrangler', ['deploy', '--dry-run', '--outdir', folder, '--metafile', metafile])
    const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { inputs: Record<string, unknown> }
    const bundled = Object.keys(inputs).flatMap((path) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])

    assert.ok(bundled.includes('hono'), output)
    const listed = new Set(shipped().map(({ name }) => name))
    assert.deepEqual(
      [...new Set(bundled)].filter((name) => !listed.has(name)),
      [],
    )
  })
})

describe('npm run sbom', () => {
  it('lists every package of package-lock.json once, as CycloneDX (ASVS 15.1.2)', async () => {
    const file = join(folder, 'bom.json')
    const { status, output } = await script('sbom', [file])
    const bom = JSON.parse(readFileSync(file, 'utf8'))

    assert.equal(status, 0, output)
    assert.equal(bom.bomFormat, 'CycloneDX')
    assert.match(bom.metadata.component['bom-ref'], /^gatehouse@/)
    assert.deepEqual([bom.metadata.component.name, bom.metadata.component.type], ['gatehouse', 'application'])
    const of = (entries: { name: string; version: string }[]) =>
      new Set(entries.map(({ name, version }) => `${name}@${version}`))
    assert.deepEqual(
      [...of(all)].filter((id) => !of(bom.components).has(id)),
      [],
    )
    for (const { name, version } of shipped()) {
      const component = bom.components.find(
        (one: { name: string; version: string }) => one.name === name && one.version === version,
      )
      assert.ok(component.licenses.length > 0 && component.hashes[0].alg === 'SHA-512', name)
    }
  })

  it('explains itself', async () => {
    assert.match((await script('sbom', ['--help'])).output, /CycloneDX/)
    assert.equal((await script('sbom', ['--no-such-option'])).status, 1)
  })
})

/** A registry that answers only the request of `npm audit`. */
const registry = async (advisories: Record<string, object[]> | undefined, args: string[] = [], refusal = 405) => {
  const asked: Record<string, string[]>[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request
      .on('data', (part) => parts.push(part))
      .on('end', () => {
        if (!advisories || !request.url?.endsWith('/advisories/bulk')) return response.writeHead(refusal).end()
        const body = Buffer.concat(parts)
        asked.push(JSON.parse(String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)))
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify(advisories))
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const env = {
    npm_config_registry: `http://127.0.0.1:${port}/`,
    npm_config_fetch_retries: '0',
    npm_config_cache: mkdtempSync(join(folder, 'npm-')),
  }
  const ended = await script('audit', args, env)
  server.close()
  return { ...ended, asked }
}

const advisory = (severity: string) => ({
  id: 1,
  url: 'https://github.com/advisories/GHSA-0000-0000-0000',
  title: 'A made-up one',
  severity,
  vulnerable_versions: '>=0.0.0',
})

describe('npm run audit', () => {
  for (const { name, severity, status } of [
    { name: 'hono', severity: 'critical', status: 1 },
    { name: 'redoc', severity: 'high', status: 1 },
    { name: 'hono', severity: 'moderate', status: 0 },
    { name: 'vitest', severity: 'critical', status: 0 },
  ])
    it(`exits with ${status} for a ${severity} one of ${name}, and names it (ASVS 15.2.1)`, async () => {
      const ended = await registry({ [name]: [advisory(severity)] })

      assert.match(ended.output, new RegExp(`^${severity}: ${name} .*GHSA-0000-0000-0000`, 'm'))
      assert.equal(ended.status, status, ended.output)
    })

  it('asks for every package that is deployed, and exits with 0 when there is nothing', async () => {
    const { status, output, asked } = await registry({})

    assert.equal(status, 0, output)
    assert.match(output, /^0 vulnerable packages/m)
    for (const { name, version } of shipped()) assert.ok(asked[0]![name]?.includes(version), name)
  })

  for (const refusal of [404, 405, 501])
    it(`fails if a registry answers ${refusal}, and passes by --allow-unanswered alone; either way it says that nothing was checked`, async () => {
      const plain = await registry(undefined, [], refusal)
      const allowed = await registry(undefined, ['--allow-unanswered'], refusal)

      assert.match(plain.output, /^NOTHING WAS CHECKED/m)
      assert.equal(plain.status, 2)
      assert.match(allowed.output, /^NOTHING WAS CHECKED/m)
      assert.equal(allowed.status, 0)
    })

  it('finds what there is also with --allow-unanswered', async () => {
    const { status } = await registry({ hono: [advisory('critical')] }, ['--allow-unanswered'])

    assert.equal(status, 1)
  })

  for (const refusal of [401, 403, 500, 503])
    it(`fails if a registry answers ${refusal}, with --allow-unanswered too`, async () => {
      const { status, output } = await registry(undefined, ['--allow-unanswered'], refusal)

      assert.match(output, /^NOTHING WAS CHECKED/m)
      assert.equal(status, 2)
    })

  it('fails when there is no registry, with --allow-unanswered too', async () => {
    const { status, output } = await script('audit', ['--allow-unanswered'], {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
      npm_config_cache: mkdtempSync(join(folder, 'npm-')),
    })

    assert.match(output, /^NOTHING WAS CHECKED/m)
    assert.equal(status, 2)
  })

  it('explains itself', async () => {
    assert.match((await script('audit', ['--help'])).output, /--allow-unanswered/)
    assert.equal((await script('audit', ['--no-such-option'])).status, 1)
  })
})
