import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { addMissingSecrets, readVars } from '../../../cli/lib/dev-vars.ts'
import { root, run } from '../../../cli/lib/process.ts'
import { readSettings } from '../../../src/settings.ts'

/**
 * The most KiB of all modules, compressed. A dependency that needs more is not worth it; docs/decisions/0017-bundle.md
 * lists what the bundle contains.
 */
const most = 211

/** The forms of secrets that must be nowhere but in a vault. */
const forms = [
  { what: 'a private JWK', form: /"d"\s*:\s*"[\w-]{30,}"/ },
  { what: 'a private key in PEM', form: /-----BEGIN (?:EC |RSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----/ },
  { what: 'a key of TOKEN_KEYS', form: /\b[0-9a-f]{12}\.[\w-]{43}\b/ },
  { what: 'an account at Cloudinary', form: /cloudinary:\/\/\d{10,}:[\w-]{20,}@/ },
  { what: 'a token of Cloudflare', form: /\b(?:CLOUDFLARE_API_TOKEN|CF_API_TOKEN)\s*[=:]\s*['"]?[\w-]{30,}/ },
  { what: 'a token of GitHub or npm', form: /\b(?:gh[pousr]_\w{30,}|npm_\w{30,})\b/ },
]

const tried: Record<string, string> = {
  'a private JWK': `{"kty":"EC","d":"${'A'.repeat(43)}"}`,
  'a private key in PEM': ['-----BEGIN', 'EC PRIVATE KEY-----'].join(' '),
  'a key of TOKEN_KEYS': `${'0'.repeat(12)}.${'A'.repeat(43)}`,
  'an account at Cloudinary': `cloudinary://${'1'.repeat(15)}:${'a'.repeat(27)}@x`,
  'a token of Cloudflare': `CLOUDFLARE_API_TOKEN=${'a'.repeat(40)}`,
  'a token of GitHub or npm': `ghp_${'a'.repeat(36)}`,
}

const secretsIn = (text: string, values: string[] = []) => [
  ...forms.filter(({ form }) => form.test(text)).map(({ what }) => what),
  ...(values.some((value) => text.includes(value)) ? ['a secret of .dev.vars'] : []),
]

/** The secrets of local runs on this machine, if there are any. */
const mine = Object.entries(readVars([join(root, '.dev.vars')]))
  .filter(([name, value]) => /KEY|URL/.test(name) && (value?.length ?? 0) > 40)
  .map(([, value]) => value!)

/**
 * Returns the files that git would take: everything except what .gitignore names, such as the folders of packages and
 * tools.
 */
const ofProject = () =>
  globSync(['*', '.*', '.*/**/*', '*/**/*'], {
    cwd: root,
    exclude: (path) => /(^|[\\/])(node_modules|\.git|\.wrangler|\.astro|public|output)$/.test(path),
  })
    .filter((path) => !/^\.(dev\.vars|env)(?!.*example)/.test(path))
    .filter((path) => statSync(join(root, path)).isFile())

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
const metafile = join(folder, 'meta.json')
let uploaded: string | undefined
before(async () => {
  const { status, output } = await run('wrangler', ['deploy', '--dry-run', '--outdir', folder, '--metafile', metafile])
  assert.equal(status, 0, output)
  uploaded = /^Total Upload: .*$/m.exec(output)?.[0]
})
after(() => rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 200 }))

const bundle = () => readFileSync(join(folder, 'index.js'), 'utf8')
const inputs = () => Object.keys((JSON.parse(readFileSync(metafile, 'utf8')) as { inputs: object }).inputs)

describe('secrets', () => {
  it('are in no file of the project (ASVS 13.3.1)', () => {
    const files = ofProject()
    const found = files.flatMap((path) =>
      secretsIn(readFileSync(join(root, path), 'utf8'), mine).map((what) => `${path.replaceAll('\\', '/')}: ${what}`),
    )

    assert.ok(files.length > 150, `${files.length} files`)
    assert.ok(files.includes('wrangler.toml'))
    assert.deepEqual(found, [])
    for (const [what, text] of Object.entries(tried)) assert.deepEqual(secretsIn(text), [what])
  })

  it('are not in what is deployed (ASVS 13.3.1)', () => {
    assert.ok(bundle().length > 100_000)
    assert.deepEqual(secretsIn(bundle(), mine), [])
  })

  it('are kept from git by their names (ASVS 13.3.1)', () => {
    const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split(/\r?\n/)

    assert.ok(ignored.some((line) => /^\/?\.dev\.vars/.test(line)))
    assert.ok(!existsSync(join(root, '.env')) || ignored.some((line) => line.startsWith('.env')))
  })

  it('are made at random, of 128 bits or more, and hold (ASVS 11.2.3, 11.6.1, 13.2.3)', () => {
    const [one, other] = ['one', 'other'].map((name) => {
      const file = join(folder, name)
      addMissingSecrets([file])
      return readVars([file])
    })
    const settings = readSettings({ ...one, APP_URL: 'https://auth.example.com', MAIL_FROM: 'a@example.com' } as never)
    const [key] = (JSON.parse(one!.SIGNING_KEYS!) as { keys: Record<string, string>[] }).keys

    assert.deepEqual([key?.kty, key?.crv, key?.alg], ['EC', 'P-256', 'ES256'])
    assert.equal(settings.tokenKeys[0]?.secret.byteLength, 32)
    for (const name of ['SIGNING_KEYS', 'TOKEN_KEYS']) assert.notEqual(one![name], other![name])
  })
})

describe('what is deployed', () => {
  it('is the code of src and of the packages it imports, and no test, sample or tool (ASVS 15.2.3)', () => {
    const own = inputs().filter((path) => !path.includes('node_modules/'))
    const packages = inputs().filter((path) => path.includes('node_modules/'))

    assert.ok(own.length > 50)
    assert.deepEqual(
      own.filter((path) => !/^(src\/|package\.json$)/.test(path)),
      [],
    )
    assert.deepEqual(
      packages.filter((path) =>
        /node_modules\/(vitest|@vitest|fast-check|wrangler|miniflare|msw|drizzle-kit)\//.test(path),
      ),
      [],
    )
    assert.doesNotMatch(bundle(), /__test|sourceMappingURL=data:/)
  })

  it('contains nothing of the entry for PASSWORD_ENGINE=native, and needs no flag', () => {
    assert.deepEqual(
      inputs().filter((path) => /^src\/native/.test(path)),
      [],
    )
    assert.doesNotMatch(bundle(), /node:crypto|scryptSync/)
    assert.doesNotMatch(readFileSync(join(root, 'wrangler.toml'), 'utf8'), /^compatibility_flags/m)
  })

  it(`is at most ${most} KiB, minified and compressed`, () => {
    const [, bytes, gzip] = /^Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB$/.exec(uploaded ?? '') ?? []

    assert.ok(Number(gzip) > 50 && Number(bytes) > Number(gzip), uploaded)
    assert.ok(
      Number(gzip) <= most,
      `${uploaded}, and the most is ${most}: \`npm run weigh\` in bench/ says what it is made of`,
    )
  })

  it('serves no file but those that were built to be served (ASVS 13.4.1, 15.2.3)', () => {
    const files = globSync('**/*', { cwd: join(root, 'public') }).filter((path) =>
      statSync(join(root, 'public', path)).isFile(),
    )

    assert.ok(files.length > 5)
    assert.deepEqual(
      files.filter((path) => !/\.(html|js|css|svg|json|txt)$/.test(path) || /(^|[\\/])\./.test(path)),
      [],
    )
  })
})
