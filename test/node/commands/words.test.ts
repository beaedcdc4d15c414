import assert from 'node:assert/strict'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { root, runNode } from '../../../cli/lib/process.ts'
import { examples } from '../../../cli/mail/letters.ts'
import { readCatalogues, wordedCatalogues } from '../../../cli/words/catalogues.ts'
import { faultsOf } from '../../../cli/words/faults.ts'
import { GatehouseError } from '../../../client/errors.ts'
import { words as english, type Words, wordsFor } from '../../../client/words.ts'
import { languages } from '../../../src/domain/languages.ts'
import { errorCodes } from '../../../src/domain/problems.ts'

const { catalogues, faults } = readCatalogues()
const source = catalogues[0]!.texts

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-words-'))
})
after(() => rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 200 }))

/** Returns a copy of i18n/ in which one language is changed. */
const changed = (name: string, tag: string, change: (texts: Record<string, unknown>) => void) => {
  const copy = join(folder, name)
  cpSync(join(root, 'i18n'), copy, { recursive: true })
  const path = join(copy, `${tag}.json`)
  const texts = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  change(texts)
  writeFileSync(path, JSON.stringify(texts))
  return copy
}

describe('the texts of all languages', () => {
  it('are whole and well formed', () => {
    assert.deepEqual(faults, [])
    assert.equal(catalogues.length, languages.length)
    for (const { texts } of catalogues) assert.ok(Object.keys(texts).length > 250)
  })

  it('say whether somebody who knows the language reviewed them', () => {
    for (const { about } of catalogues) assert.ok(about.reviewed_by === null || about.reviewed_by.length > 2)
  })

  it('have a sentence for every error code', () => {
    const codes = Object.keys(english)
    for (const { about, texts } of catalogues)
      assert.deepEqual(
        codes.filter((code) => !(`code.${code}` in texts)),
        [],
        about.tag,
      )
    assert.ok(codes.length > errorCodes.length)
  })

  it('are noticed when one is missing, superfluous or English', () => {
    const copy = changed('names', 'de', (texts) => {
      delete texts['mail.invite.button']
      texts['mail.invite.other'] = 'Anders'
      texts['mail.invite.not_you'] = source['mail.invite.not_you']
    })

    assert.deepEqual(readCatalogues(copy).faults, [
      'i18n/de.json: mail.invite.button: is missing',
      'i18n/de.json: mail.invite.not_you: is English',
      'i18n/de.json: mail.invite.other: is not a text of i18n/en.json',
    ])
  })

  it('are noticed when the file does not say what it is, or is not a language', () => {
    const copy = changed('about', 'fr', (texts) => {
      texts.$language = { tag: 'de', name: 'Français' }
    })
    writeFileSync(join(copy, 'sv.json'), '{}')

    assert.deepEqual(readCatalogues(copy).faults, [
      'i18n/fr.json: $language must have tag fr, name and reviewed_by',
      'i18n/sv.json: is not a language of src/domain/languages.ts',
    ])
  })

  const key = 'mail.reset_password.subject'
  for (const { what, text, fault } of [
    { what: 'is empty', text: '', fault: 'is empty' },
    { what: 'is no text', text: 5, fault: 'is not a text' },
    { what: 'has white space around it', text: ' {app}', fault: 'begins or ends with white space' },
    { what: 'has a line break', text: 'a\nb {app}', fault: 'contains a control character or an invisible mark' },
    {
      what: 'has a mark of direction',
      text: '\u202e{app}',
      fault: 'contains a control character or an invisible mark',
    },
    {
      what: 'has an invisible mark',
      text: 'a\u200bb {app}',
      fault: 'contains a control character or an invisible mark',
    },
    { what: 'has half a character', text: '\ud83d {app}', fault: 'contains a control character or an invisible mark' },
    { what: 'is not normalised', text: 'u\u0308 {app}', fault: 'is not in Unicode NFC' },
    { what: 'has markup', text: '<b>{app}</b>', fault: 'contains < or >: texts are no markup' },
    { what: 'has a brace too many', text: '{app}}', fault: 'has a brace that belongs to no place' },
    { what: 'lacks a place', text: 'Neues Passwort', fault: 'must name {app} and no other place' },
    { what: 'has a place of its own', text: '{app} {token}', fault: 'must name {app} and no other place' },
    {
      what: 'lacks a plural form',
      text: '{app, plural, other {#}}',
      fault: 'needs the plural forms one, other of {app}',
    },
    { what: 'is too long', text: `${'x'.repeat(120)} {app}`, fault: 'is longer than 120 characters' },
  ])
    it(`are noticed when one ${what}`, () => {
      const texts = { [key]: text } as Record<string, string>

      assert.deepEqual(faultsOf(texts, source, 'de', { whole: false }), [`${key}: ${fault}`])
      assert.deepEqual(faultsOf({ [key]: 'Passwort für {app}' }, source, 'de', { whole: false }), [])
    })
})

describe("the operator's own words", () => {
  const worded = (files: Record<string, string>) => {
    const own = mkdtempSync(join(folder, 'own-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text)
    return () => wordedCatalogues(own)
  }

  it('replace the texts of their language, and no other', () => {
    const made = worded({ 'de.json': '{"mail.footer":"Obsthof GmbH","mail.invite.button":"Los"}' })()
    const [en, de] = made.map(({ texts }) => texts)

    assert.deepEqual([de!['mail.footer'], de!['mail.invite.button']], ['Obsthof GmbH', 'Los'])
    assert.deepEqual([en!['mail.footer'], en!['mail.invite.button']], ['', 'Choose a password'])
  })

  for (const { what, files, says } of [
    {
      what: 'an unknown name',
      files: { 'de.json': '{"mail.nothing":"x"}' },
      says: /wording\/de\.json: mail\.nothing: is not a text/,
    },
    {
      what: 'markup',
      files: { 'en.json': '{"mail.footer":"<a href>"}' },
      says: /wording\/en\.json: mail\.footer: contains </,
    },
    { what: 'a missing place', files: { 'fr.json': '{"mail.invite.subject":"Bonjour"}' }, says: /must name \{app\}/ },
    {
      what: 'an unknown language',
      files: { 'sv.json': '{}' },
      says: /wording\/sv\.json: must be named after a language/,
    },
    { what: 'no JSON', files: { 'de.json': '{' }, says: /de\.json: / },
    { what: 'a list', files: { 'de.json': '[]' }, says: /must be an object/ },
  ])
    it(`are refused with ${what}`, () => {
      assert.throws(worded(files), says)
    })
})

describe("the client's words", () => {
  for (const tag of languages.slice(1))
    it(`in ${tag} have every code, and the time to wait`, async () => {
      const { words } = (await import(`../../../client/words-${tag}.ts`)) as { words: Partial<Words> }
      const { texts } = catalogues.find(({ about }) => about.tag === tag)!

      assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort())
      assert.equal(wordsFor(new GatehouseError('wrong_password'), words), texts['code.wrong_password'])
      assert.equal(wordsFor(new GatehouseError('busy'), words), texts['code.busy'])
      for (const [seconds, number] of [
        [30, 30],
        [300, 5],
        [7200, 2],
      ] as const) {
        const said = wordsFor(new GatehouseError('rate_limited', { retryAfter: seconds }), words)
        const digits = said.replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
        assert.doesNotMatch(said, /[{}]/)
        assert.ok(number === 2 || digits.includes(String(number)), said)
      }
    })

  it('of a code that the service got later are those of its reply', async () => {
    const { words } = (await import('../../../client/words-de.ts')) as { words: Partial<Words> }

    assert.equal(wordsFor(new GatehouseError('quite_new' as never, { detail: 'This is new.' }), words), 'This is new.')
  })
})

describe('npm run mail -- preview', () => {
  it('writes every mail in every language', async () => {
    const out = join(folder, 'preview')
    mkdirSync(out)
    const { status, output } = await runNode(['--no-warnings', join(root, 'cli', 'mail.ts'), 'preview', '--out', out])

    assert.equal(status, 0, output)
    assert.equal(globSync('*/*.html', { cwd: out }).length, languages.length * examples.length)
    assert.equal(globSync('*/*.txt', { cwd: out }).length, languages.length * examples.length)
    assert.match(readFileSync(join(out, 'ar', 'new_device.html'), 'utf8'), /<html lang="ar" dir="rtl">/)
    assert.match(readFileSync(join(out, 'index.html'), 'utf8'), /translated by a machine, not reviewed/)
    assert.ok(existsSync(join(out, 'en', 'passkey_added.html')))
  })

  it('says what it can do', async () => {
    const { status, output } = await runNode(['--no-warnings', join(root, 'cli', 'mail.ts'), 'send'])

    assert.equal(status, 1)
    assert.match(output, /npm run mail -- preview/)
  })
})
