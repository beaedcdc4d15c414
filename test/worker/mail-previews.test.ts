import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { exampleOf, examples } from '../../cli/mail/letters.ts'
import { languages } from '../../src/domain/languages.ts'
import { createCatalogue } from '../../src/mail/catalogue.ts'
import { compose } from '../../src/mail/messages.ts'
import { readSettings } from '../../src/settings.ts'
import { faultsOf } from '../support/app/reply-headers.ts'
import { codeOf, startApp } from '../support/app/support.ts'

/** The examples of mails that the console frames. The build makes them, and the Worker fills in the settings. */

const deployments: Record<string, Record<string, string>> = {
  'of the service alone': {},
  'of a site': {
    APP_NAME: `Ada's <b> & "$&"`,
    FRONTEND_URL: 'https://www.example.com/app',
    BRAND_COLOR: '#8040c0',
    SUPPORT_URL: 'https://www.example.com/help?a=1&b=2',
  },
  'with every link of the operator': {
    PRIVACY_URL: 'https://example.com/privacy',
    TERMS_URL: 'https://example.com/terms',
    SUPPORT_URL: 'https://example.com/support',
  },
  'with two links of the operator': {
    PRIVACY_URL: 'https://example.com/privacy',
    SUPPORT_URL: 'https://example.com/support',
  },
}

const flat = (text: string) => text.replaceAll(/\s+/g, ' ')

/** Our own apostrophes stand in the file as they are; those of values are escaped. */
const unescaped = (html: string) =>
  html
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll(/&lt;|&#60;/g, '<')
    .replaceAll(/&gt;|&#62;/g, '>')
    .replaceAll(/&amp;|&#38;/g, '&')

describe('an example of a mail', () => {
  it.for(Object.entries(deployments))('%s is what that mail would be', async ([, vars], { expect }) => {
    const app = startApp({ vars })
    const settings = readSettings({ ...env, ...vars })
    const catalogue = createCatalogue(env.ASSETS)

    for (const tag of languages)
      for (const { name, kind, more } of examples) {
        const { subject, text, html } = compose(exampleOf(kind, tag, more), settings, await catalogue(tag))
        const [page, textPage] = await Promise.all(
          ['', '-text'].map(async (part) => (await app.request(`GET /ui/previews/${tag}/${name}${part}`)).text()),
        )

        const where = `${tag}/${name}`
        expect(flat(page!), where).toBe(flat(html.replaceAll(/ href="[^"]*"/g, ' href="#"')))
        expect(textPage, where).toContain(`<html lang="${tag}" dir="${tag === 'ar' ? 'rtl' : 'ltr'}">`)
        const [, heading, body] = /<h1>(.*)<\/h1>\s*<pre>(.*)<\/pre>/s.exec(textPage!)!
        expect(unescaped(heading!), where).toBe(subject)
        expect(flat(unescaped(body!)), where).toBe(flat(text))
        if (vars.APP_NAME) expect(heading, where).not.toContain('<b>')
      }
  })

  it('can be framed by pages of the service, runs nothing, and leads nowhere (ASVS 3.4.6)', async ({ expect }) => {
    const app = startApp()

    const response = await app.request('GET /ui/previews/de/verify_email')

    expect(response.headers.get('Content-Type')).toBe('text/html; charset=UTF-8')
    expect(response.headers.get('Content-Security-Policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox",
    )
    expect(response.headers.get('X-Frame-Options')).toBe('SAMEORIGIN')
    expect(faultsOf(response).map((fault) => fault.replace(/:.*/, ''))).toEqual([
      'content-security-policy',
      'x-frame-options',
    ])
    const targets = [...(await response.text()).matchAll(/ href="([^"]*)"/g)].map(([, target]) => target)
    expect(targets.length).toBeGreaterThan(3)
    expect([...new Set(targets)]).toEqual(['#'])
  })

  it('is not there if the console is off', async ({ expect }) => {
    const response = await startApp({ vars: { CONSOLE: 'off' } }).request('GET /ui/previews/en/verify_email')

    expect(response.status).toBe(404)
    expect(response.headers.get('X-Frame-Options')).toBe('DENY')
  })

  it.for(['en/nothing', 'xx/verify_email', '..%5Cen/sign-in', '.%09./en/sign-in'])(
    'is not found at %s',
    async (path, { expect }) => {
      const response = await startApp().request(`GET /ui/previews/${path}`)

      expect(response.status).toBe(404)
      expect(await codeOf(response)).toBe('not_found')
      expect(faultsOf(response)).toEqual([])
    },
  )

  it('is framed by one page of the console alone', async ({ expect }) => {
    const html = { Accept: 'text/html' }
    const policyOf = async (path: string) =>
      (await startApp().request(`GET ${path}`, { headers: html })).headers.get('Content-Security-Policy')

    expect(await policyOf('/console/mails')).toContain("frame-src 'self'")
    for (const path of ['/', '/sign-in', '/account', '/console', '/console/settings', '/auth/verify-email'])
      expect(await policyOf(path), path).not.toContain('frame-src')
  })
})
