import type { Child } from 'hono/jsx'
import type en from '../i18n/en.json'
import type { Language } from '../src/domain/languages.ts'

export type { Child }

/** The name of a text in i18n/en.json. */
export type Key = Exclude<keyof typeof en, '$language'>

/** Returns a text in the language of the page. */
export type Text = (key: Key, values?: Record<string, string | number>) => string

/** One row of the table of errors. */
export type ErrorRow = { code: string; status: number; title: string; detail: string; advice: string }

/** A language of the service. `reviewed`: whether somebody who knows it has read its texts. */
export type PageLanguage = { tag: string; name: string; reviewed: boolean }

/**
 * What a page is made of. It is rendered once for each language, when the service is built. `mails`: the names of the
 * examples of mails.
 */
export type PageProps = { t: Text; tag: Language; errors: ErrorRow[]; languages: PageLanguage[]; mails: string[] }

/** A page of the service. Every file in ui/pages/ exports one as `page`; its path there is the path of the page. */
export type Page = {
  title: Key
  /** `narrow`: a single task. `wide`: an overview. `inside`: a page of signed-in people, with its navigation. */
  layout: 'narrow' | 'wide' | 'inside'
  /** The script, a file of ui/scripts/. */
  script?: string
  /** Which navigation an `inside` page has, in the header and beside its content. */
  part?: 'account' | 'console'
  content: (props: PageProps) => Child
}

/**
 * What the Worker knows and the build does not. `{{name}}` in a page becomes the value, escaped; src/routes/ui.ts lists
 * the values.
 */
export type Marker =
  | 'app'
  | 'theme'
  | 'is_system'
  | 'is_light'
  | 'is_dark'
  | 'url'
  | 'site'
  | 'host'
  | 'min'
  | 'return_to'
  | 'query'
  | 'sign_in'
  | 'docs'
  | 'local'
  | 'open'
  | 'passkeys'
  | 'apps'
  | 'mail_log_in'
  | 'passwordless'
  | 'pages'
  | 'account'
  | 'console'
  | 'brand'
  | 'privacy'
  | 'terms'
  | 'support'

export const marker = (name: Marker) => `{{${name}}}`
