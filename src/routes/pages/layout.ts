import type { Context } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AppEnv } from '../../env.ts'
import { pagePolicy } from './policy.ts'

/** Markup with every inserted value escaped. */
export type Markup = ReturnType<typeof html>

type Page = {
  title: string
  /** The name of a script under /assets. */
  script?: string
  /** `narrow`: a single task, in the middle of the window. */
  width: 'narrow' | 'wide'
  content: Markup
}

const document = (appName: string, { title, script, width, content }: Page) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    ${width === 'narrow' && html`<meta name="robots" content="noindex">`}
    <title>${title === appName ? title : `${title} · ${appName}`}</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/pages.css">
    ${script && html`<script src="/assets/${script}" type="module"></script>`}
  </head>
  <body class="${width}">
    <header>
      <a href="/" class="brand"><img src="/favicon.svg" alt="" width="28" height="28">${appName}</a>
    </header>
    <main>${content}</main>
  </body>
</html>`

/**
 * Returns an HTML reply. Its URL may contain a token for a moment: `no-store` and `no-referrer`, which every reply has,
 * keep it there.
 */
export const page = (
  c: Context<AppEnv>,
  content: Page,
  status: ContentfulStatusCode = 200,
  headers: Record<string, string> = {},
) => {
  c.header('Content-Security-Policy', pagePolicy)
  return c.html(document(c.var.services.settings.appName, content), status, headers)
}
