import type { Context } from 'hono'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AppEnv } from '../../env.ts'
import { pagePolicy } from './policy.ts'

type Page = {
  title: string
  /** Scripts under /assets. */
  script?: string
  /** `narrow`: one thing to do, in the middle of the window. */
  width: 'narrow' | 'wide'
  children: Child
}

const Layout = ({ appName, title, script, width, children }: Page & { appName: string }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      {width === 'narrow' && <meta name="robots" content="noindex" />}
      <title>{title === appName ? title : `${title} · ${appName}`}</title>
      <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="/assets/pages.css" />
      {script && <script src={`/assets/${script}`} type="module" />}
    </head>
    <body class={width}>
      <header>
        <a href="/" class="brand">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          {appName}
        </a>
      </header>
      <main>{children}</main>
    </body>
  </html>
)

/** An HTML reply. It may hold a token for a moment: `no-store` and `no-referrer`, which every reply has, keep it there. */
export const page = (
  c: Context<AppEnv>,
  { children, ...rest }: Page,
  status: ContentfulStatusCode = 200,
  headers: Record<string, string> = {},
) => {
  c.header('Content-Security-Policy', pagePolicy)
  const content = (
    <Layout appName={c.var.services.settings.appName} {...rest}>
      {children}
    </Layout>
  )
  return c.html(html`<!doctype html>${content}`, status, headers)
}
