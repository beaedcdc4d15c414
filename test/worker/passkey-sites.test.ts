import { describe, it } from 'vitest'
import { type PasskeySites, passkeySites, rpIdChoices } from '../../src/passkey-sites.ts'

const unset = { PASSKEYS: 'on' as const, PASSKEY_RP_ID: '', PASSKEY_ORIGINS: [], CORS_ORIGINS: [] }
const android = `android:apk-key-hash:${'A'.repeat(43)}`

type Case = { what: string; app?: string; site?: string; set?: Partial<Omit<typeof unset, 'PASSKEYS'>> | object }

const sitesOf = ({ app = 'https://shop.example', site = app, set = {} }: Omit<Case, 'what'>) =>
  passkeySites({ ...unset, ...set }, app, `${site}/start`)

describe('the RP ID of passkeys', () => {
  it.for<Case & { sites: Partial<PasskeySites> | undefined }>([
    {
      what: 'the host that the service and the site share',
      sites: { rpId: 'shop.example', origins: ['https://shop.example'], related: [] },
    },
    {
      what: 'localhost, on any port',
      app: 'http://localhost:8787',
      site: 'http://localhost:4321',
      sites: { rpId: 'localhost', origins: ['http://localhost:8787', 'http://localhost:4321'] },
    },
    {
      what: 'none, if the hosts differ',
      app: 'https://auth.shop.example',
      site: 'https://shop.example',
      sites: undefined,
    },
    { what: 'none, if the host is an IP address', app: 'http://127.0.0.1:8787', sites: undefined },
    { what: 'none, if passkeys are off', set: { PASSKEYS: 'off', PASSKEY_RP_ID: 'shop.example' }, sites: undefined },
    {
      what: 'the one that is set: the domain above both',
      app: 'https://auth.shop.example',
      site: 'https://www.shop.example',
      set: { PASSKEY_RP_ID: 'shop.example', CORS_ORIGINS: ['https://app.shop.example', 'https://other.example'] },
      sites: {
        rpId: 'shop.example',
        origins: ['https://auth.shop.example', 'https://www.shop.example', 'https://app.shop.example'],
        related: [],
      },
    },
    {
      what: 'the one that is set: the site, without the service',
      app: 'https://auth.shop.example',
      site: 'https://www.shop.example',
      set: { PASSKEY_RP_ID: 'www.shop.example' },
      sites: { rpId: 'www.shop.example', origins: ['https://www.shop.example'] },
    },
    {
      what: 'with apps, related sites, and no patterns or plain http',
      set: {
        CORS_ORIGINS: ['https://*.shop.example', 'http://old.shop.example', 'capacitor://localhost'],
        PASSKEY_ORIGINS: ['https://shop.test', android],
      },
      sites: { origins: ['https://shop.example', 'https://shop.test', android], related: ['https://shop.test'] },
    },
  ])('is $what', ({ sites, ...given }, { expect }) => {
    if (sites) expect(sitesOf(given)).toMatchObject(sites)
    else expect(sitesOf(given)).toBeUndefined()
  })

  it.for<Case & { names: string }>([
    { what: 'an IP address', set: { PASSKEY_RP_ID: '203.0.113.7' }, names: 'PASSKEY_RP_ID' },
    { what: 'a host of strangers', set: { PASSKEY_RP_ID: 'pages.dev' }, names: 'PASSKEY_RP_ID' },
    { what: 'a suffix', set: { PASSKEY_RP_ID: 'example' }, names: 'PASSKEY_RP_ID' },
    { what: 'another host', set: { PASSKEY_RP_ID: 'example.com' }, names: 'PASSKEY_RP_ID' },
    { what: 'a host below the site', set: { PASSKEY_RP_ID: 'a.shop.example' }, names: 'PASSKEY_RP_ID' },
    { what: 'an origin with a path', set: { PASSKEY_ORIGINS: ['https://shop.test/a'] }, names: 'PASSKEY_ORIGINS' },
    { what: 'an origin without https', set: { PASSKEY_ORIGINS: ['http://shop.test'] }, names: 'PASSKEY_ORIGINS' },
    { what: 'a pattern', set: { PASSKEY_ORIGINS: ['https://*.shop.test'] }, names: 'PASSKEY_ORIGINS' },
    {
      what: 'six sites',
      set: { PASSKEY_ORIGINS: ['a', 'b', 'c', 'd', 'e'].map((name) => `https://${name}.test`) },
      names: 'PASSKEY_ORIGINS',
    },
  ])('is refused: $what', ({ names, ...given }, { expect }) => {
    expect(() => sitesOf(given)).toThrow(names)
  })

  it('is to be chosen from the host of the site and the domain above both', ({ expect }) => {
    expect(rpIdChoices('https://auth.shop.example', 'https://www.shop.example')).toEqual([
      'www.shop.example',
      'shop.example',
    ])
    expect(rpIdChoices('https://shop.workers.dev', 'https://shop.example')).toEqual(['shop.example'])
  })
})
