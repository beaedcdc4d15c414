import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { root } from '../../../cli/lib/process.ts'
import { auditEvents } from '../../../src/domain/audit.ts'
import { mailKinds } from '../../../src/domain/mails.ts'
import { errorList } from '../../../src/domain/problems.ts'
import { readLanguages, uiFiles } from '../../../tools/generate/ui.ts'
import { authenticatorName } from '../../../ui/scripts/authenticators.ts'
import { foreignIn, pseudo, pseudoTexts } from '../../support/words/pseudo.ts'

/** The pages as the build makes them, and the rules for their source. */

const slashes = (path: string) => path.replaceAll('\\', '/')

const sources = globSync('ui/**/*.{ts,tsx,css}', { cwd: root }).map((path) => ({
  path: slashes(path),
  text: readFileSync(join(root, path), 'utf8'),
}))
const code = sources.filter(({ path }) => !path.endsWith('.css'))

/** Returns what a file imports: a path from the root of the project, or the name of a package. */
const importsOf = ({ path, text }: { path: string; text: string }) =>
  [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) =>
    name!.startsWith('.') ? posix.join(dirname(path), name!) : name!,
  )

/** What pages and their scripts may use: the client, the texts, and how texts get their values. */
const allowed = /^(?:ui\/|client\/|i18n\/en\.json$|src\/domain\/languages\.ts$|hono\/jsx$|hono\/html$|lean-qr(?:\/|$))/

/** Ways to turn text into markup, code or an inline style. */
const sink =
  /\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|\bstyle=|\.style\b|cssText|\beval\(|new Function|dangerouslySetInnerHTML|javascript:/

/** Addresses and codes of examples, and values that the Worker fills in. */
const values = /\{\{\w+\}\}(?:\/auth\/\S*)?/g

/** Returns the texts of a page in the pseudo-language that do not come from the catalogue. */
const saidIn = (page: string): string[] => {
  const visible = page
    .replace(/<!--.*?-->/gs, '')
    .replace(/<(script|style|code)\b.*?<\/\1>/gs, '')
    .replace(/<(\w+) [^>]*\blang="[^"]*"[^>]*>[^<]*<\/\1>/g, '')
    .replace(/&\w+;|&#\d+;/g, ' ')
    .replace(values, '')
  const attributes = [...visible.matchAll(/ (?:aria-label|title|placeholder|alt)="([^"]*)"/g)].map(([, text]) => text!)
  return [...visible.split(/<[^>]*>/), ...attributes].map(foreignIn).filter((text) => text !== '')
}

describe('the source of the pages', () => {
  it('imports only the client, the texts and the renderer', () => {
    const wrong = code.flatMap((file) => importsOf(file).filter((name) => !allowed.test(name)))

    assert.deepEqual(wrong, [])
    assert.ok(code.length > 20)
    assert.deepEqual(importsOf({ path: 'ui/pages/x.tsx', text: "import '../../src/settings.ts'" }), ['src/settings.ts'])
    assert.doesNotMatch('src/settings.ts', allowed)
  })

  it('is not imported by the service', () => {
    const importing = globSync('src/**/*.ts', { cwd: root }).filter((path) =>
      /from '[./]*\/ui\//.test(readFileSync(join(root, path), 'utf8')),
    )

    assert.deepEqual(importing, [])
  })

  it('turns no text into markup, code or a style (ASVS 3.2.2)', () => {
    const found = code.filter(({ text }) => sink.test(text)).map(({ path }) => path)

    assert.deepEqual(found, [])
    for (const text of ['a.innerHTML = b', '<p style="x">', 'e.style.top', "document.write('')"])
      assert.match(text, sink)
  })

  it('inserts markup as it is in two places, whose text is ours', () => {
    const raw = code.filter(({ text }) => /\braw\(/.test(text)).map(({ path }) => path)

    assert.deepEqual(raw.sort(), ['ui/parts/if.tsx', 'ui/render.tsx'])
  })

  it('has no side in its styles that a language from right to left would turn', () => {
    const sided =
      /(?<![\w-])(?:(?:margin|padding|border)-(?:left|right)|left|right|text-align:\s*(?:left|right)|float)\s*:/
    const found = sources.filter(({ path, text }) => path.endsWith('.css') && sided.test(text)).map(({ path }) => path)

    assert.deepEqual(found, [])
    for (const text of ['  left: 0;', 'margin-left: 1px', 'padding-right: 2px']) assert.match(text, sided)
  })

  it('has files of at most two hundred lines, but for one', () => {
    const long = code.filter(({ text }) => text.trimEnd().split('\n').length > 200).map(({ path }) => path)

    assert.deepEqual(long, [])
  })
})

describe('the texts', () => {
  const english = readLanguages()[0]!.texts
  const all = code.map(({ text }) => text).join('\n')

  it('are used, each of them', () => {
    const used = new Set([...all.matchAll(/['"]([a-z_]+(?:\.[a-z_]+)+)['"]/g)].map(([, key]) => key))
    const unused = Object.keys(english).filter(
      (key) => !/^(?:code|event|fault|mail|mail_kind|mail_error|wait)\./.test(key) && !used.has(key),
    )

    assert.deepEqual(unused, [])
    assert.ok(used.size > 100)
  })

  it('have one for every code that the service answers with', () => {
    const codes = errorList().map(({ code }) => `code.${code}`)
    const ours = ['code.unreachable', 'code.unexpected_reply', 'code.user_changed']
    const there = Object.keys(english).filter((key) => key.startsWith('code.'))

    assert.deepEqual(there.sort(), [...codes, ...ours].sort())
  })

  it('have one for every event of the audit', () => {
    const there = Object.keys(english).filter((key) => key.startsWith('event.'))

    assert.deepEqual(there.sort(), auditEvents.map((event) => `event.${event}`).sort())
  })

  it('have a name for every kind of mail', () => {
    const there = Object.keys(english).filter((key) => key.startsWith('mail_kind.'))

    assert.deepEqual(there.sort(), mailKinds.map((kind) => `mail_kind.${kind}`).sort())
  })

  it('contain no markup, and no marker of the Worker', () => {
    for (const [key, text] of Object.entries(english)) assert.doesNotMatch(text, /[<>]|\{\{|&\w+;|\p{Cc}/u, key)
  })
})

describe('the name of a new passkey', () => {
  /** What a browser says about a new passkey whose authenticator has this AAGUID. */
  const withAaguid = (aaguid: string) => {
    const bytes = Buffer.concat([
      Buffer.alloc(37, 255),
      Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
      Buffer.alloc(9),
    ])
    return { response: { authenticatorData: bytes.toString('base64url') } }
  }

  it('is that of the password manager or security key that keeps it', () => {
    assert.equal(authenticatorName(withAaguid('fbfc3007-154e-4ecc-8c0b-6e020557d7bd')), 'iCloud Keychain')
    assert.equal(authenticatorName(withAaguid('ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4')), 'Google Password Manager')
    assert.equal(authenticatorName(withAaguid('2fc0579f-8113-47ea-b116-bb5a8db9202a')), 'YubiKey 5')
  })

  it('is left to the service if the authenticator is unknown, or the browser says nothing', () => {
    assert.equal(authenticatorName(withAaguid('00000000-0000-0000-0000-000000000000')), undefined)
    assert.equal(authenticatorName({ response: {} }), undefined)
    assert.equal(authenticatorName({ response: { authenticatorData: 'AAAA' } }), undefined)
  })
})

describe('the pages', () => {
  let made: Map<string, string>
  before(async () => {
    const files = await uiFiles(errorList())
    made = new Map([...files].map(([path, content]) => [slashes(path), content.toString('utf8')]))
  })

  const pagesOf = (tag: string) => [...made].filter(([path]) => path.startsWith(`ui/${tag}/`))
  const filesOf = (page: string) => [...page.matchAll(/(?:src|href)="\/(ui\/assets\/[^"]*)"/g)].map(([, path]) => path!)

  it('are there in every language', () => {
    const names = (tag: string) => pagesOf(tag).map(([path]) => path.slice(`ui/${tag}/`.length))

    for (const { tag } of readLanguages()) assert.deepEqual(names(tag), names('en'))
    assert.ok(names('en').includes('sign-in.html') && names('en').includes('auth/verify-email.html'))
  })

  it('name files that the build makes, and no others are made', () => {
    const named = new Set(pagesOf('en').flatMap(([, page]) => filesOf(page)))
    const assets = [...made.keys()].filter((path) => path.startsWith('ui/assets/'))

    assert.deepEqual([...named].sort(), assets.sort())
  })

  it('are the same at every build', async () => {
    const again = await uiFiles(errorList())

    assert.deepEqual([...again.keys()].map(slashes), [...made.keys()])
  })

  it('have in their scripts every text that the scripts name', () => {
    for (const [path, page] of pagesOf('en')) {
      const words = /<script type="application\/json" id="words">(.*?)<\/script>/s.exec(page)?.[1]
      if (words !== undefined) assert.ok(!Object.values(JSON.parse(words)).includes(undefined), path)
      const scripts = filesOf(page).filter((file) => file.endsWith('.js'))
      const code = scripts.map((file) => made.get(file)!).join('\n')
      const keys = [...code.matchAll(/["'`]((?:page|word|fault|layout)\.[a-z_.]+)["'`]/g)]
      for (const [, key] of keys) assert.ok(key! in JSON.parse(words ?? '{}'), `${path}: ${key}`)
    }
  })

  it('have a style for each choice of colours, and the choice in their first element', () => {
    for (const [path, page] of pagesOf('en')) {
      const sheet = filesOf(page).find((file) => file.endsWith('.css'))

      assert.match(page, /^<!doctype html>\s*<html [^>]*data-theme="\{\{theme\}\}"/, path)
      for (const theme of ['dark', 'light'])
        assert.ok(made.get(sheet!)!.includes(`:root[data-theme=${theme}]{color-scheme:${theme}}`), path)
    }
  })

  it('to log in with are usable after three requests and 20 KiB, of which 10 are script and style', () => {
    for (const { tag } of readLanguages()) {
      const page = made.get(`ui/${tag}/sign-in.html`)!
      const files = filesOf(page)
      const sizes = files.map((file) => gzipSync(made.get(file)!, { level: 9 }).length)
      const own = sizes.reduce((sum, size) => sum + size, 0)
      const whole = own + gzipSync(page, { level: 9 }).length

      assert.equal(files.length, 2)
      assert.ok(own <= 10 * 1024, `${tag}: ${own} bytes of script and style`)
      assert.ok(whole <= 20 * 1024, `${tag}: ${whole} bytes`)
    }
  })

  it('of the console load at most 30 KiB of script and style', () => {
    const console = pagesOf('en').filter(([path]) => path.startsWith('ui/en/console'))
    for (const [path, page] of console) {
      const size = filesOf(page).reduce((sum, file) => sum + gzipSync(made.get(file)!, { level: 9 }).length, 0)

      assert.ok(size <= 30 * 1024, `${path}: ${size} bytes`)
    }
    assert.ok(console.length >= 8)
  })

  it('can be read without scripts: every form is labelled, and says what it needs', () => {
    const page = made.get('ui/en/sign-in.html')!
    const fields = [...page.matchAll(/<input [^>]*id="([^"]*)"/g)].map(([, id]) => id!)

    for (const id of fields) assert.ok(page.includes(`<label for="${id}">`), id)
    assert.match(page, /<noscript><p[^>]*>[^<]*scripts[^<]*<\/p><\/noscript>/)
    assert.match(page, /<h1[^>]*>Log in<\/h1>/)
  })
})

describe('the pages in a pseudo-language', () => {
  it('say nothing that does not come from the texts', async () => {
    const [english, ...others] = readLanguages()
    const languages = [{ ...english!, texts: pseudoTexts(english!.texts) }, ...others]
    const files = [...(await uiFiles(errorList(), languages))].map(([path, content]) => [slashes(path), `${content}`])
    // The list of errors is for developers, and is in English in every language.
    const pages = files.filter(([path]) => /^ui\/(?:previews\/)?en\//.test(path!) && path !== 'ui/en/errors.html')

    const found = pages.flatMap(([path, page]) => saidIn(page!).map((text) => `${path}: ${text}`))

    assert.deepEqual(found, [])
    assert.ok(pages.length > 100)
  })

  it('would show a word that stands in the source of a page, its attributes included', () => {
    const known = pseudo('Log in to {app}').replace('{app}', pseudo('Gatehouse'))

    assert.deepEqual(saidIn(`<p>${known} {{app}}</p><code>APP_URL</code><a lang="de">Deutsch</a>`), [])
    assert.deepEqual(saidIn(`<p>${known} now</p><input placeholder="Name" id="name">`), ['now', 'Name'])
  })
})
