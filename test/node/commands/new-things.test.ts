import assert from 'node:assert/strict'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { root, run, runNode } from '../../../cli/lib/process.ts'

/**
 * Counts the files that a new thing touches: one of each is added to a copy of the tree, and each failing check names
 * the next file to change. docs/contribute/architecture.md has the counts.
 */

const skipped = /(^|[\\/])(node_modules|\.git|\.wrangler|\.astro|public|output)$|examples[\\/]\w+[\\/]dist$/

/** Returns the output of a generator. */
const generated =
  /^(client\/(dist\/.*|api\.ts|verbs\.ts|sentences\.ts|words-[\w-]+\.ts)|src\/mail\/english\.json|docs\/openapi\.json|docs\/contribute\/asvs\.md|docs\/reference\/(costs|scale|errors)\.md)$/

let copy: string
before(() => {
  copy = mkdtempSync(join(tmpdir(), 'gatehouse-new-'))
  cpSync(root, copy, { recursive: true, filter: (path) => !skipped.test(path) })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
})
after(() => rmSync(copy, { recursive: true, maxRetries: 10, retryDelay: 200 }))

/** The files changed by hand for the current thing. */
let changed: Set<string>
beforeEach(() => {
  changed = new Set()
})

/** Inserts text in front of a place in a file of the copy. */
const add = (file: string, place: string, text: string) => {
  const before = readFileSync(join(copy, file), 'utf8')
  assert.equal(before.split(place).length, 2, `${file} has one place for it`)
  writeFileSync(
    join(copy, file),
    before.replace(place, () => text + place),
  )
  changed.add(file)
}

/** Returns what the types and the pages of the copy lack, a line each. */
const lacking = async () => {
  const checks = await Promise.all([
    run('tsc', ['-p', copy, '--pretty', 'false']),
    runNode(['--no-warnings', join(copy, 'tools', 'docs', 'check-docs.ts'), '--without-snippets']),
  ])
  return checks.flatMap(({ status, output }) => (status === 0 ? [] : output.trim().split('\n')))
}

const ourFiles = () =>
  globSync(['*', '.*', '.ci/*', '*/**/*'], { cwd: root, exclude: (path) => skipped.test(path) })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !generated.test(path) && statSync(join(root, path)).isFile())

describe('a new thing', () => {
  it('that is an error code is a row of one table', async () => {
    add(
      'src/domain/problems.ts',
      '  last_admin: {',
      "  quite_new: { status: 409, title: 'New', detail: 'This is new.', advice: 'Wait.' },\n",
    )

    assert.deepEqual(await lacking(), ['docs/reference/errors.md is out of date: node tools/docs/error-codes.ts'])
    await runNode(['--no-warnings', join(copy, 'tools', 'docs', 'error-codes.ts')])
    assert.deepEqual(await lacking(), [])
    assert.equal(changed.size, 1)
  })

  it('that is a mail with a link is its definition, its parts, its words, and a row of two pages', async () => {
    add('src/domain/mails.ts', '  undo_deletion: {', "  greet: { page: 'greet', setting: 'GREET_URL' },\n")
    add('src/domain/mails.ts', '  email_changed: {},', "  greeting: { links: ['greet'], voidedBy: 'takeover' },\n")
    const lacked = (await lacking()).join('\n')
    assert.match(lacked, /mail\/structures\.ts/)
    assert.match(lacked, /settings\.md: GREET_URL/)
    assert.match(lacked, /concepts\/mail\.md/)

    add(
      'i18n/en.json',
      '  "mail.invite.subject":',
      ['subject', 'heading', 'preview', 'what'].map((name) => `  "mail.greeting.${name}": "Hello",\n`).join(''),
    )
    add('i18n/en.json', '  "mail_kind.invite":', '  "mail_kind.greeting": "a greeting",\n')
    add('src/mail/structures.ts', "  invite: ['what',", "  greeting: ['what', { link: 'greet' }],\n")
    await runNode(['--no-warnings', join(copy, 'tools', 'generate', 'words.ts')])
    add('docs/reference/settings.md', '| `UNDO_DELETION_URL` |', '| `GREET_URL` | none | a URL | Greets. |\n')
    add('docs/concepts/mail.md', '| `email_changed` |', '| `greeting` | to greet | `GREET_URL` | 1 hour |\n')
    assert.deepEqual(await lacking(), [])
    assert.equal(changed.size, 5)
  })

  it('that is an operation is its route, what the document says of it, a row of the tests, and a row of two pages', async () => {
    add(
      'src/routes/profiles.ts',
      "  .on(['PUT', 'PATCH'], '/profile',",
      "  .get('/hello', (c) => c.json({ message: 'Hello.' }))\n",
    )
    add(
      'src/openapi/profiles.ts',
      "    'GET /api/user/profile': {",
      "    'GET /api/user/hello': {\n      id: 'greet',\n      summary: 'Greet',\n      description: 'Greets.',\n      access: 'user',\n      replies: { 200: { says: 'Greeted.' } },\n    },\n",
    )
    add(
      'test/operations/profiles.ts',
      "  'GET /api/user/profile': {",
      "  'GET /api/user/hello': { costs: { 'signed in': { request: populated.signedIn } } },\n",
    )
    for (const tool of ['build', 'costs', 'client'])
      await runNode(['--no-warnings', join(copy, 'tools', 'generate', `${tool}.ts`)])
    assert.match((await lacking()).join('\n'), /endpoints\.md: GET \/api\/user\/hello/)

    add(
      'docs/reference/endpoints.md',
      '| `GET` `PUT` `PATCH` `/api/user/profile` |',
      '| `GET` `/api/user/hello` | greet |\n',
    )
    add('docs/reference/client.md', '`getProfile`, ', '`greet`, ')
    assert.deepEqual(await lacking(), [])
    assert.equal(changed.size, 5)
  })

  for (const [what, names] of [
    ['the end of a session by a link', /\b(?:end-session|endSessionByLink|endSessionPage|EndSession)\b/],
    ['re-authentication', /\breauthenticate\b(?!\/passkey)/],
  ] as const)
    it(`is named in few files: ${what}`, () => {
      const files = ourFiles().filter(
        (path) =>
          !import.meta.filename.endsWith(path.split('/').at(-1)!) && names.test(readFileSync(join(root, path), 'utf8')),
      )

      assert.ok(files.length <= 19, `${files.length} files name it:\n${files.join('\n')}`)
    })
})
