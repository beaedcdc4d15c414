import { env } from 'cloudflare:workers'
import { beforeEach, describe, it } from 'vitest'
import { accepted, type Language, languages, lookUp, say } from '../../src/domain/languages.ts'
import { bodyOf, refusalOf, signedInAdmin } from '../support/app/administrators.ts'
import {
  alterUser,
  linkIn,
  logIn,
  mailsTo,
  member,
  signedInUser,
  someAddress,
  somePassword,
  startApp,
  type TestApp,
} from '../support/app/support.ts'

describe('the language for a tag', () => {
  it.for<{ tag: string; language: Language | undefined }>([
    { tag: 'de', language: 'de' },
    { tag: 'DE-at', language: 'de' },
    { tag: 'de_CH', language: 'de' },
    { tag: 'pt', language: 'pt-BR' },
    { tag: 'pt-PT', language: 'pt-BR' },
    { tag: 'zh', language: 'zh-Hans' },
    { tag: 'zh-CN', language: 'zh-Hans' },
    { tag: 'zh-Hant-TW', language: 'zh-Hans' },
    { tag: 'ar-EG', language: 'ar' },
    { tag: 'en-XA', language: 'en' },
    { tag: 'ja-JP-u-ca-japanese', language: 'ja' },
    { tag: 'sv', language: undefined },
    { tag: 'und', language: 'en' },
    { tag: '', language: undefined },
    { tag: '*', language: undefined },
    { tag: '__proto__', language: undefined },
    { tag: 'constructor', language: undefined },
    { tag: 'de; drop', language: undefined },
    { tag: 'd'.repeat(9000), language: undefined },
  ])('$tag is $language', ({ tag, language }, { expect }) => {
    expect(lookUp(tag)).toBe(language)
  })

  it.for(languages)('%s is itself', (language, { expect }) => {
    expect(lookUp(language)).toBe(language)
  })
})

describe('the language of a request', () => {
  it.for<{ header: string | undefined; language: Language | undefined }>([
    { header: 'fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', language: 'fr' },
    { header: 'sv, da;q=0.9, de;q=0.4', language: 'de' },
    { header: 'en;q=0.5, ja', language: 'ja' },
    { header: 'de;q=0, en;q=0.1', language: 'en' },
    { header: 'de ; q=0.2 , es ;Q=0.9', language: 'es' },
    { header: 'de;q=x, fr;q=0.1', language: 'fr' },
    { header: 'sv', language: undefined },
    { header: '', language: undefined },
    { header: undefined, language: undefined },
    { header: `${'sv,'.repeat(20)}de`, language: undefined },
    { header: `${'sv,'.repeat(19)}de`, language: 'de' },
    { header: ',;q=,;;,', language: undefined },
  ])('that accepts "$header" is $language (RFC 9110 §12.5.4)', ({ header, language }, { expect }) => {
    expect(accepted(header)).toBe(language)
  })
})

describe('a text', () => {
  it.for<{ text: string; values: Record<string, string | number>; language: Language; says: string }>([
    { text: 'Hello {name}', values: { name: '{name}' }, language: 'en', says: 'Hello {name}' },
    { text: '{a}{b}', values: { a: '{b}', b: '$&<b>' }, language: 'en', says: '{b}$&<b>' },
    { text: '{n, plural, one {# day} other {# days}}', values: { n: 1 }, language: 'en', says: '1 day' },
    { text: '{n, plural, one {# day} other {# days}}', values: { n: 1200 }, language: 'de', says: '1.200 days' },
    { text: 'x {n, plural, other {#日}} y', values: { n: 3 }, language: 'ja', says: 'x 3日 y' },
  ])('in $language: $text', ({ text, values, language, says }, { expect }) => {
    expect(say(text, values, language)).toBe(says)
  })

  it('has all six plural forms of Arabic', ({ expect }) => {
    const text = '{n, plural, zero {0} one {1} two {2} few {f} many {m} other {o}}'

    expect([0, 1, 2, 3, 11, 100].map((n) => say(text, { n }, 'ar'))).toEqual(['0', '1', '2', 'f', 'm', 'o'])
  })
})

const german = { 'Accept-Language': 'de-AT, en;q=0.5' }

const registering = (app: TestApp, email: string, headers: Record<string, string> = {}, more: object = {}) =>
  app.call('POST /api/auth/register', { headers, json: { email, password: somePassword, ...more } })

const localeOf = (email: string) =>
  env.DB.prepare('select locale from users where email_canonical = ?').bind(email).first<string | null>('locale')

/** Returns what shows the language of the newest mail to an address. */
const languageOf = (app: TestApp, email: string) =>
  /<html lang="([^"]+)"/.exec(mailsTo(app, email).at(-1)?.html ?? '')?.[1]

describe('the language of a user', () => {
  let app: TestApp
  beforeEach(() => {
    app = startApp()
  })

  it.for([
    { what: 'the request accepts', headers: german, more: {}, locale: 'de' },
    { what: 'the body names', headers: german, more: { locale: 'fr-CA' }, locale: 'fr' },
    {
      what: 'the request accepts, if the service lacks the one of the body',
      headers: german,
      more: { locale: 'sv-SE' },
      locale: 'de',
    },
    { what: 'nobody named', headers: {}, more: {}, locale: null },
    { what: 'nobody named, if the body has null', headers: {}, more: { locale: null }, locale: null },
  ])('is the one that $what at the registration', async ({ headers, more, locale }, { expect }) => {
    const email = someAddress()

    expect((await registering(app, email, headers, more)).status).toBe(201)

    expect(await localeOf(email)).toBe(locale)
    expect(languageOf(app, email)).toBe(locale ?? 'en')
  })

  it('is changed with the profile, and shown in profile, export and token', async ({ expect }) => {
    const { email, access_token: bearer } = await signedInUser(app)
    const before = JSON.parse(atob(bearer.split('.')[1]!)) as object

    const changed = await app.call('PATCH /api/user/profile', { bearer, json: { locale: 'pt_PT' } })
    const exported = await app.call('GET /api/user/export', { bearer })
    const again = await logIn(app, email)

    expect(before).not.toHaveProperty('locale')
    expect(await changed.json()).toMatchObject({ locale: 'pt-BR', name: null })
    expect(await exported.json()).toMatchObject({ user: { locale: 'pt-BR' } })
    expect(JSON.parse(atob(again.access_token.split('.')[1]!))).toMatchObject({ locale: 'pt-BR' })
    expect(await (await app.call('PATCH /api/user/profile', { bearer, json: { name: 'Ada' } })).json()).toMatchObject({
      locale: 'pt-BR',
    })
    expect(await (await app.call('PATCH /api/user/profile', { bearer, json: { locale: null } })).json()).toMatchObject({
      locale: null,
    })
  })

  it('is changed by an admin, in the audit without its value', async ({ expect }) => {
    const { access_token: bearer } = await signedInAdmin(app)
    const { email, user } = await signedInUser(app)
    const edit = (json: object) => app.call(`PATCH /api/admin/users/${user.id}`, { bearer, json })

    expect(await bodyOf<object>(await edit({ locale: 'de-AT' }))).toMatchObject({ locale: 'de', name: null })
    expect(await bodyOf<object>(await edit({ name: 'Ada' }))).toMatchObject({ locale: 'de', name: 'Ada' })
    await app.call('POST /api/auth/forgot-password', { json: { email } })
    expect(languageOf(app, email)).toBe('de')
    expect((await edit({ locale: 'not a tag' })).status).toBe(422)
    expect(await localeOf(email)).toBe('de')
    expect(await bodyOf<object>(await edit({ locale: null }))).toMatchObject({ locale: null })
    const { results } = await env.DB.prepare("select detail from audit where user_id = ? and event = 'user_updated'")
      .bind(user.id)
      .all<{ detail: string }>()
    const details = results.map(({ detail }) => detail)
    expect(details).toHaveLength(3)
    expect(details.filter((detail) => detail.includes('"locale":true'))).toHaveLength(2)
    expect(details.join()).not.toContain('de')
  })

  it('changes together with the address', async ({ expect }) => {
    const { email, access_token: bearer } = await signedInUser(app)
    const json = { email: someAddress(), locale: 'ja', current_password: somePassword }

    expect((await app.call('PATCH /api/user/profile', { bearer, json })).status).toBe(200)

    expect(await localeOf(email)).toBe('ja')
  })

  it.for(['', 'x', 'not a tag', 'de-', 'd'.repeat(36)])('is not "%s"', async (locale, { expect }) => {
    const { access_token: bearer } = await signedInUser(app)
    const answer = await app.call('PATCH /api/user/profile', { bearer, json: { locale } })

    expect(answer.status).toBe(422)
    expect((await refusalOf(answer)).fields[0]).toMatch(/^locale /)
  })

  it('is given by the admin who invites, and never the language of that admin', async ({ expect }) => {
    const admin = await signedInAdmin(app)
    const [one, other] = [someAddress(), someAddress()]
    const inviting = (json: object) =>
      app.call('POST /api/admin/users', { bearer: admin.access_token, headers: german, json })

    await bodyOf(await inviting({ email: one, locale: 'es' }), 201)
    await bodyOf(await inviting({ email: other }), 201)

    expect(languageOf(app, one)).toBe('es')
    expect(languageOf(app, other)).toBe('en')
  })

  it('goes with the rest when an invitation takes over an account that somebody registered', async ({ expect }) => {
    const admin = await signedInAdmin(app)
    const email = someAddress()
    await registering(app, email, { 'Accept-Language': 'ar' })

    await bodyOf(await app.call('POST /api/admin/users', { bearer: admin.access_token, json: { email } }), 201)

    expect(await localeOf(email)).toBeNull()
    expect(languageOf(app, email)).toBe('en')
  })
})

describe('the language of a page', () => {
  const html = { Accept: 'text/html' }

  it.for<{ headers: Record<string, string>; path: string; language: Language }>([
    { headers: {}, path: '/sign-in', language: 'es' },
    { headers: { 'Accept-Language': 'ar-EG' }, path: '/sign-in', language: 'ar' },
    { headers: { 'Accept-Language': 'ar-EG' }, path: '/sign-in?lang=ja', language: 'ja' },
    { headers: { 'Accept-Language': 'sv' }, path: '/sign-in?lang=xx', language: 'es' },
  ])('is $language at $path with $headers', async ({ headers, path, language }, { expect }) => {
    const app = startApp({ vars: { DEFAULT_LOCALE: 'es' } })
    const answer = await app.request(`GET ${path}`, { headers: { ...html, ...headers } })

    expect(await answer.text()).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}" `)
    expect(answer.headers.get('Content-Language')).toBe(language)
  })
})

describe('the language of a mail', () => {
  let app: TestApp
  beforeEach(() => {
    app = startApp()
  })
  const forgotten = (email: string) => app.call('POST /api/auth/forgot-password', { headers: german, json: { email } })

  it("is the recipient's, whoever asks for it", async ({ expect }) => {
    const email = await member(app)
    await alterUser(app, email, { locale: 'fr' })

    await forgotten(email)

    expect(languageOf(app, email)).toBe('fr')
    expect(mailsTo(app, email).at(-1)?.subject).toBe('Choisissez un nouveau mot de passe pour Gatehouse')
    expect(mailsTo(app, email).at(-1)?.text).toContain('/auth/reset-password?lang=fr#token=')
  })

  it('is that of the request for a recipient who has none', async ({ expect }) => {
    const email = await member(app)

    await forgotten(email)

    expect(languageOf(app, email)).toBe('de')
    expect(await localeOf(email)).toBeNull()
  })

  it('is that of the request for an address that is taken', async ({ expect }) => {
    const email = await member(app)
    app.wait({ minutes: 2 })

    await registering(app, email, german)

    expect(mailsTo(app, email).at(-1)?.subject).toBe('Sie haben bereits ein Konto bei Gatehouse')
  })

  it('is never that of a thief, who could choose one that the owner cannot read', async ({ expect }) => {
    const { email } = await signedInUser(app)
    const thief = {
      'Accept-Language': 'ar',
      'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    }

    await app.call('POST /api/auth/login', { headers: thief, json: { email, password: somePassword } })

    expect(mailsTo(app, email).at(-1)?.subject).toContain('A new device logged in')
  })

  it('is fixed when the mail is written', async ({ expect }) => {
    const email = someAddress()
    await registering(app, email, german)
    const { results } = await env.DB.prepare('select locale from mail where address_canonical = ?').bind(email).all()
    await alterUser(app, email, { locale: 'ja' })

    expect(results).toEqual([{ locale: 'de' }])
    expect(languageOf(app, email)).toBe('de')
  })

  it('is that of the deployment if nobody said one', async ({ expect }) => {
    const app = startApp({ vars: { DEFAULT_LOCALE: 'es' } })
    const email = someAddress()

    await registering(app, email)

    expect(mailsTo(app, email).at(-1)?.subject).toBe('Confirme su dirección de correo para Gatehouse')
    expect(mailsTo(app, email).at(-1)?.text).toContain('/auth/verify-email#token=')
  })

  it.for(['xx', 'tlh', '__proto__'])(
    'is that of the deployment if it is %s, which an older release had',
    async (locale, { expect }) => {
      const email = await member(app)
      await alterUser(app, email, { locale })

      await forgotten(email)

      expect(languageOf(app, email)).toBe('en')
    },
  )

  it('reaches an address without a user, and its link works', async ({ expect }) => {
    const email = someAddress()
    await registering(app, email, german)
    const token = linkIn(app, email, 'verify-email\\?lang=de')

    expect((await app.call('POST /api/auth/verify-email', { json: { token } })).status).toBe(200)
    expect((await app.request('GET /auth/verify-email?lang=de', { headers: { Accept: 'text/html' } })).status).toBe(200)
  })
})

describe('the colours of a page', () => {
  const shown = async (response: Response) => {
    const text = await response.text()
    const current = [...text.matchAll(/data-theme-choice="(\w+)" aria-current="true"/g)].map(([, name]) => name)
    return [/<html [^>]*data-theme="(\w*)"/.exec(text)?.[1], ...current]
  }
  const ask = (app: TestApp, path: string, headers: Record<string, string> = {}) =>
    app.request(`GET ${path}`, { headers: { Accept: 'text/html', ...headers } })

  it('are kept if somebody chooses them in the menu, and not by a link from elsewhere', async ({ expect }) => {
    const app = startApp()
    const inMenu = await ask(app, '/sign-in?theme=dark', { 'Sec-Fetch-Site': 'same-origin' })
    const elsewhere = await ask(app, '/sign-in?theme=dark', { 'Sec-Fetch-Site': 'cross-site' })

    expect(inMenu.headers.getSetCookie().map((line) => line.split(';')[0])).toEqual(['theme=dark'])
    expect(elsewhere.headers.getSetCookie()).toEqual([])
    expect(await shown(inMenu)).toEqual(['dark', 'dark'])
  })

  it.for([
    ['theme=dark', 'dark'],
    ['theme=light', 'light'],
    ['theme=system', 'system'],
    ['theme="><script>', 'system'],
    ['', 'system'],
  ] as const)('with the cookie %s are %s, on a page that does not exist too', async ([Cookie, theme], { expect }) => {
    const app = startApp()

    for (const path of ['/sign-in', '/nothing-here', '/auth/verify-email'])
      expect(await shown(await ask(app, path, { Cookie })), path).toEqual([theme, theme])
  })
})
