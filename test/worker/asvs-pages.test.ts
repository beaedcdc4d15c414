import { describe, it } from 'vitest'
import { linkPages } from '../operations/index.ts'
import { startApp } from '../support/app/support.ts'

const assets = import.meta.glob('../../ui/scripts/*.ts', { query: '?raw', import: 'default', eager: true })
const scripts = Object.entries(assets).map(([path, text]) => ({
  name: path.replace(/.*\//, ''),
  code: String(text)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, ''),
}))
const script = scripts.map(({ code }) => code).join('\n')

const browser = { headers: { Accept: 'text/html' } }

const html = async (path: string) => (await startApp().call(`GET ${path}`, browser)).text()
const fields = async (path: string) => [...(await html(path)).matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag)

describe('a field for a password', () => {
  it('masks it, and tells browsers what it is (ASVS 6.2.6, 6.2.7, N13)', async ({ expect }) => {
    const all = (await Promise.all(linkPages.map((link) => fields(`/auth/${link}`)))).flat()

    const passwords = all.filter((tag) => /password/.test(tag))
    expect(passwords.length).toBeGreaterThan(0)
    for (const tag of passwords) {
      expect(tag).toContain(' type="password"')
      expect(tag).toMatch(/ autocomplete="(new|current)-password"/)
    }
  })

  it('accepts pasted text of any length (ASVS 6.2.7, N13)', async ({ expect }) => {
    const all = (await Promise.all(linkPages.map((link) => fields(`/auth/${link}`)))).flat()

    expect(all.join('\n')).not.toMatch(/ (maxlength|pattern|readonly|autocomplete="off"|on\w+)\b/)
    expect(script).not.toMatch(/['"](paste|copy|cut|drop|beforeinput|keydown|keypress|contextmenu)['"]/)
    expect(script).toContain("addEventListener('submit'")
  })
})

describe('the script of the pages', () => {
  it('shows text as text (ASVS 3.2.2)', ({ expect }) => {
    expect(script).toContain('.textContent = ')
    expect(script).not.toMatch(
      /\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment/,
    )
    // What becomes an attribute is a constant name; `make` gets those as an object.
    const variable = scripts.filter(({ code }) => /setAttribute\((?!['"])/.test(code)).map(({ name }) => name)
    expect(variable).toEqual(['dom.ts'])
  })

  it('stores nothing about people in the browser, and removes the token from the address (ASVS 14.3.1, 14.3.3)', ({
    expect,
  }) => {
    expect(script).not.toMatch(/localStorage|indexedDB|document\.cookie|caches\b|serviceWorker/)
    // A message for the next page, and the address that was typed, each until the next page takes it.
    const storing = scripts.filter(({ code }) => code.includes('sessionStorage')).map(({ name }) => name)
    expect(storing.sort()).toEqual(['address.ts', 'dom.ts'])
    expect(script.match(/sessionStorage\.setItem\((\w+)/g)?.sort()).toEqual([
      'sessionStorage.setItem(kept',
      'sessionStorage.setItem(pending',
    ])
    expect(script.match(/sessionStorage\.removeItem\(/g)).toHaveLength(2)
    expect(script).toContain("history.replaceState(null, '', location.pathname)")
  })

  it('uses what browsers support, and no plugin (ASVS 3.7.1)', async ({ expect }) => {
    const pages = await Promise.all(['/', '/errors', ...linkPages.map((link) => `/auth/${link}`)].map(html))

    for (const page of pages) expect(page).not.toMatch(/<(object|embed|applet|frame|iframe|portal)\b/i)
    expect(script).not.toMatch(/\bActiveXObject\b|\bXMLHttpRequest\b|\bpostMessage\b/)
  })
})
