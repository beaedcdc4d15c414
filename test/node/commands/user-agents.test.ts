import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import bowser from 'bowser'
import { deviceOf } from '../../../src/domain/devices.ts'
import { browsers, systems } from '../../../src/domain/user-agents.ts'

const known = { browser: new Set(Object.values(bowser.BROWSER_MAP)), os: new Set(Object.values(bowser.OS_MAP)) }

/** Returns the library's name, if it is a name in its lists. */
const byLibrary = (userAgent: string) => {
  const { browser, os } = bowser.parse(userAgent)
  return {
    browser: browser.name && known.browser.has(browser.name) ? browser.name : null,
    os: os.name && known.os.has(os.name) ? os.name : null,
  }
}

/** Robots that read the web. None of them logs in with a password, so our lists do not name them. */
const crawler =
  /bot|crawler|spider|slurp|archiver|externalhit|externalads|externalagent|externalfetcher|webindexer|claude-web|chatgpt-user|perplexity-user|pingdom/i

const webkit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const blink = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0'
const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
const linux = 'Mozilla/5.0 (X11; Linux x86_64)'
const android = 'Mozilla/5.0 (Linux; Android 15; K)'
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)'
const ipad = 'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X)'

/** Headers as they are sent, and what a list of sessions shows. */
const sent: [userAgent: string, browser: string | null, os: string | null][] = [
  [`${windows} ${blink} Safari/537.36`, 'Chrome', 'Windows'],
  [`${windows} ${blink} Safari/537.36 Edg/141.0.0.0`, 'Microsoft Edge', 'Windows'],
  [`${windows} ${blink} Safari/537.36 OPR/124.0.0.0`, 'Opera', 'Windows'],
  [`${windows} ${blink} Safari/537.36 Vivaldi/7.6`, 'Vivaldi', 'Windows'],
  [`${windows} ${blink} YaBrowser/25.8.0.0 Safari/537.36`, 'Yandex Browser', 'Windows'],
  ['Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko', 'Internet Explorer', 'Windows'],
  [`${windows.replace(')', '; rv:144.0)')} Gecko/20100101 Firefox/144.0`, 'Firefox', 'Windows'],
  [`${mac} ${webkit} Version/18.6 Safari/605.1.15`, 'Safari', 'macOS'],
  [`${mac} ${webkit} Version/18.6 Safari/605.1.15 Ddg/18.6`, 'DuckDuckGo', 'macOS'],
  [`${mac} ${blink} Safari/537.36`, 'Chrome', 'macOS'],
  [`${mac} ${webkit} FxiOS/144.0 Safari/605.1.15`, 'Firefox', 'iOS'],
  [`${linux.replace(')', '; rv:144.0)')} Gecko/20100101 Firefox/144.0`, 'Firefox', 'Linux'],
  [`${linux} ${blink} Safari/537.36`, 'Chrome', 'Linux'],
  [`${linux} ${blink} Electron/38.0.0 Safari/537.36`, 'Electron', 'Linux'],
  ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36', 'Chrome', 'Chrome OS'],
  [`${android} ${blink} Mobile Safari/537.36`, 'Chrome', 'Android'],
  [
    `${android} ${blink.replace('Chrome', 'SamsungBrowser/28.0 Chrome')} Mobile Safari/537.36`,
    'Samsung Internet for Android',
    'Android',
  ],
  ['Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0', 'Firefox', 'Android'],
  [`${android} ${blink} Mobile Safari/537.36 EdgA/141.0.0.0`, 'Microsoft Edge', 'Android'],
  [`${iphone} ${webkit} Version/18.6 Mobile/15E148 Safari/604.1`, 'Safari', 'iOS'],
  [`${iphone} ${webkit} CriOS/141.0.0.0 Mobile/15E148 Safari/604.1`, 'Chrome', 'iOS'],
  [`${iphone} ${webkit} FxiOS/144.0 Mobile/15E148 Safari/605.1.15`, 'Firefox', 'iOS'],
  [`${ipad} ${webkit} GSA/380.0 Mobile/15E148 Safari/604.1`, 'Google Search', 'iOS'],
  ['Roku/DVP-14.5 (14.5.4.5934-AE)', 'Roku', 'Roku'],
  ['curl/8.5.0', null, null],
  ['Dart/3.5 (dart:io)', null, null],
  ['okhttp/4.12.0', null, null],
]

/** Digits that look random and are the same in every run: MINSTD. */
let seed = 1
const below = (most: number) => {
  seed = (seed * 48271) % 2147483647
  return seed % most
}

/** Words that identify names, in forms of every kind, and words that identify none. */
const words = [
  ...[...browsers, ...systems].flatMap(([, { source }]) =>
    source
      .replace(/\\[bsd]|[[\]^$+*?()\\]|\.\*/g, ' ')
      .split(/[ |]+/)
      .filter((word) => /\w/.test(word)),
  ),
  ...[linux, android, mac, windows, iphone, webkit, blink],
  ...'Gecko/20100101 Version/18.1 Mobile (X11; Edg/1 EdgA/1 OPR/1 Opt/1.2 Ddg/1.2 FxiOS/1 BB10 iPad webOS hpwOS'.split(
    ' ',
  ),
  ...['like Android', 'rim tablet', 'SE 2.X', 'PlayStation 4', 'Windows Phone', 'QQBrowserLite/1.0'],
  ...Object.values(bowser.BROWSER_MAP).filter((name) => !crawler.test(name)),
]

describe('a device', () => {
  it('is named as the table says', () => {
    for (const [userAgent, browser, os] of sent) assert.deepEqual(deviceOf(userAgent), { browser, os }, userAgent)
  })

  it('is not named by a robot, which the library knows', () => {
    for (const userAgent of ['Mozilla/5.0 (compatible; Googlebot/2.1)', 'facebookexternalhit/1.1', 'GPTBot/1.2'])
      assert.deepEqual(deviceOf(userAgent), { browser: null, os: null }, userAgent)
  })

  it('is named as the library names it, whatever the header is made of', () => {
    const made = Array.from({ length: 20_000 }, () =>
      ['Mozilla/5.0', ...Array.from({ length: 1 + below(4) }, () => words[below(words.length)])].join(' '),
    )
    const found = new Set<string | null>()
    const wrong: object[] = []
    for (const userAgent of [...sent.map(([text]) => text), ...made]) {
      const [own, expected] = [deviceOf(userAgent), byLibrary(userAgent)]
      found.add(own.browser).add(own.os)
      if (own.browser !== expected.browser || own.os !== expected.os) wrong.push({ userAgent, own, expected })
    }

    assert.deepEqual(wrong.slice(0, 5), [])
    for (const [name] of [...browsers, ...systems]) assert.ok(found.has(name), `${name} was in none`)
  })
})
