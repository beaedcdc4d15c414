import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AuthError } from '../domain/errors.ts'
import { accepted, languages } from '../domain/languages.ts'
import type { AppEnv } from '../env.ts'
import type { Settings } from '../settings.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { mailPolicy, pagePolicy } from './policies.ts'
import { returnTo } from './return-to.ts'

/** Seconds that a browser keeps a choice. */
const aYear = 31_536_000

/** The colours of a page. `system`: as the browser asks for. */
const themes = ['light', 'dark', 'system'] as const

/**
 * Returns what the query chooses, or what was chosen earlier (in a cookie of the same name). Only a choice in a menu is
 * kept: a link in a mail or on another site has a language too, and must not change that of later visits.
 */
const choiceOf = <T extends string>(c: Context<AppEnv>, name: 'lang' | 'theme', values: readonly T[]) => {
  const [asked, kept] = [c.req.query(name), readCookie(c, name)]
  const chosen = values.find((value) => value === asked)
  if (chosen && c.req.header('Sec-Fetch-Site') === 'same-origin') writeCookie(c, name, chosen, aYear)
  return chosen ?? values.find((value) => value === kept)
}

/** What the Worker knows and the build does not: `{{name}}` in a page. An empty value is a condition that is not met. */
const valuesOf = (settings: Settings, asked: string | undefined) => {
  const { brand, appName, appUrl, frontendUrl, passwordMinLength, docs, local, registration, passkeys, pages } =
    settings
  const site = new URL(frontendUrl)
  const elsewhere = site.origin !== appUrl
  const to = returnTo(asked, settings)
  const on = (is: unknown) => (is ? 'on' : '')
  return {
    app: appName,
    url: appUrl,
    // The site to which a page leads people in the end, if it is not this service itself.
    site: elsewhere ? frontendUrl : '',
    host: elsewhere ? site.host : '',
    min: `${passwordMinLength}`,
    return_to: to || (elsewhere ? frontendUrl : ''),
    query: to && `?return_to=${encodeURIComponent(to)}`,
    sign_in: pages === 'on' ? '/sign-in' : frontendUrl,
    docs: on(docs),
    local: on(local),
    open: on(registration === 'open'),
    passkeys: on(passkeys),
    apps: on(settings.dataKeys),
    mail_log_in: on(settings.mailLogIn !== 'off'),
    passwordless: on(settings.passwordless),
    pages: on(pages === 'on'),
    account: on(pages !== 'off'),
    console: on(settings.console),
    brand: on(brand.colour),
    ...brand.colours,
    ...Object.fromEntries(brand.links.map(({ name, url }) => [name, url])),
  } as Record<string, string>
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!)

/** `<!--?name-->…<!--:name-->…<!--/name-->`: the first part stays if there is a value, the second if there is none. */
const condition = /<!--\?(\w+)-->(.*?)(?:<!--:\1-->(.*?))?<!--\/\1-->/gs

/** Fills a page. Values are inserted last, so that nothing in them is read as a marker or a condition. */
export const filled = (html: string, values: Record<string, string>): string => {
  const chosen = (text: string): string =>
    text.replace(condition, (_, name: string, met: string, otherwise = '') => chosen(values[name] ? met : otherwise))
  return chosen(html).replace(/\{\{(\w+)\}\}/g, (_, name: string) => escaped(values[name] ?? ''))
}

type Reply = {
  status?: ContentfulStatusCode
  headers?: Record<string, string>
  /** The browser may keep the page and ask whether it changed. Not for pages whose URL may contain a token. */
  kept?: boolean
  /** Where pictures come from besides this service. */
  pictures?: string
  /** The page frames files of this service. */
  frames?: boolean
}

const tagOf = async (text: string) => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return `W/"${btoa(String.fromCharCode(...digest.subarray(0, 12)))}"`
}

/** Reads a page that the build made. A path that URL parsing changes would lead to another file. */
const made = async (c: Context<AppEnv>, path: string) => {
  const url = new URL(path, c.req.url)
  const file = await c.env.ASSETS.fetch(url)
  if (!file.ok || url.pathname !== path) throw new AuthError('not_found')
  return file.text()
}

/** Returns an example of a mail, which a page of the console frames. */
export const mailPreview = async (c: Context<AppEnv>) =>
  c.html(filled(await made(c, c.req.path), valuesOf(c.var.services.settings, undefined)), 200, {
    'Content-Security-Policy': mailPolicy,
    'X-Frame-Options': 'SAMEORIGIN',
  })

/**
 * Returns a page that the build made, in the visitor's language. Its URL may contain a token for a moment. Every reply
 * has `no-store` and `no-referrer` by default, so the token reaches no cache and no other site.
 */
export const page = async (
  c: Context<AppEnv>,
  name: string,
  { status = 200, headers = {}, kept = false, pictures, frames }: Reply = {},
) => {
  const { settings } = c.var.services
  const tag = choiceOf(c, 'lang', languages) ?? accepted(c.req.header('Accept-Language')) ?? settings.defaultLanguage
  const theme = choiceOf(c, 'theme', themes) ?? 'system'
  const values = { ...valuesOf(settings, c.req.query('return_to')), theme, [`is_${theme}`]: 'true' }
  const html = filled(await made(c, `/ui/${tag}/${name}`), values)
  c.header('Vary', 'Accept-Language, Cookie', { append: true })
  c.header('Content-Security-Policy', pagePolicy(pictures, frames))
  c.header('Content-Language', tag)
  if (kept) {
    const etag = await tagOf(html)
    c.header('Cache-Control', 'private, no-cache')
    c.header('ETag', etag)
    if (c.req.header('If-None-Match')?.includes(etag)) return c.body(null, 304)
  }
  return c.html(html, status, headers)
}

/** Returns a handler for the page of a mailed link. */
export const linkPage = (name: string) => (c: Context<AppEnv>) => page(c, `auth/${name}`)

/** Shows browsers a page at a URL that does not exist. Other clients get problem details. */
export const nothingHerePage = (c: Context<AppEnv>, status: 404 | 405, headers: Record<string, string> = {}) => {
  c.set('code', status === 404 ? 'not_found' : 'method_not_allowed')
  return page(c, 'not-found', { status, headers: { 'Cache-Control': 'no-store', ...headers } })
}
