import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { coloursOf, contrast } from '../../src/domain/brand.ts'
import { readSettings } from '../../src/settings.ts'
import { startApp } from '../support/app/support.ts'

/** A grid over all colours. */
const steps = ['00', '33', '66', '99', 'cc', 'ff']
const all = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => `#${r}${g}${b}`)))

describe('the contrast of two colours', () => {
  it.for([
    { one: '#000000', other: '#ffffff', ratio: 21 },
    { one: '#ffffff', other: '#ffffff', ratio: 1 },
    { one: '#777777', other: '#ffffff', ratio: 4.48 },
    { one: '#0f6b63', other: '#ffffff', ratio: 6.35 },
  ])('of $one and $other is $ratio (WCAG 2.2)', ({ one, other, ratio }, { expect }) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 1)
    expect(contrast(other, one)).toBeCloseTo(ratio, 1)
  })
})

describe('the colours of a brand', () => {
  it.for([undefined, ...all])('can be read with %s', (colour, { expect }) => {
    const { button, onButton, link, dark, onDark } = coloursOf(colour)

    expect(contrast(onButton, button)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(onDark, dark)).toBeGreaterThanOrEqual(4.5)
    for (const ground of ['#ffffff', '#f5f6f3', '#efede8']) expect(contrast(link, ground)).toBeGreaterThanOrEqual(4.5)
    for (const ground of ['#18201d', '#101513', '#26292d']) expect(contrast(dark, ground)).toBeGreaterThanOrEqual(4.5)
    if (colour) expect(button).toBe(colour)
  })

  it('keep a colour that can be read as it is', ({ expect }) => {
    expect(coloursOf('#1a4fa0')).toMatchObject({ button: '#1a4fa0', onButton: '#ffffff', link: '#1a4fa0' })
  })
})

describe('the settings of a brand', () => {
  const read = (vars: object) => readSettings({ ...env, ...vars })

  it.for(['red', '#abc', '#12345g', '0f6b63', '#0f6b63;}', 'rgb(1,2,3)'])(
    'refuse the colour %s',
    (colour, { expect }) => {
      expect(() => read({ BRAND_COLOR: colour })).toThrow('BRAND_COLOR: must be a colour such as #0f6b63')
    },
  )

  it.for(['http://example.com', 'javascript:alert(1)', 'JavaScript:alert(1)', 'https://a b', 'example.com'])(
    'refuse the link %s (CVE-2026-9086)',
    (url, { expect }) => {
      for (const name of ['PRIVACY_URL', 'TERMS_URL', 'SUPPORT_URL'])
        expect(() => read({ [name]: url })).toThrow(`${name}: must be an https URL`)
    },
  )

  it('name only the links that there are', ({ expect }) => {
    const { brand } = read({ BRAND_COLOR: ' #0F6B63 ', TERMS_URL: 'https://example.com/terms', PRIVACY_URL: '' })

    expect(brand.colour).toBe('#0f6b63')
    expect(brand.links).toEqual([{ name: 'terms', url: 'https://example.com/terms' }])
  })
})

describe('a page', () => {
  const branded = {
    BRAND_COLOR: '#8a1c5b',
    PRIVACY_URL: 'https://example.com/p?a=1&b="',
    SUPPORT_URL: 'https://example.com/help',
  }
  const shown = async (vars: Record<string, string>) => {
    const page = await startApp({ vars }).request('GET /sign-in', { headers: { Accept: 'text/html' } })
    return page.text()
  }

  it('has the colour and the links of the brand', async ({ expect }) => {
    const html = await shown(branded)
    const style = await startApp({ vars: branded }).request('GET /ui/brand.css')

    expect(html).toContain('<link rel="stylesheet" href="/ui/brand.css"')
    expect(html).toContain('<a href="https://example.com/p?a=1&amp;b=&quot;">Privacy</a>')
    expect(html).toContain('<a href="https://example.com/help">Support</a>')
    expect(html).not.toContain('Terms')
    expect(style.headers.get('Content-Type')).toBe('text/css; charset=utf-8')
    expect(await style.text()).toContain('--accent:light-dark(#8a1c5b,')
  })

  it('loads no file of colours without a brand', async ({ expect }) => {
    const html = await shown({})

    expect(html).not.toContain('brand.css')
    expect(html).not.toContain('Privacy')
  })
})
