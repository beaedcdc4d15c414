import type { Context } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../env.ts'
import { errorsContent } from './pages/errors-page.ts'
import { indexContent } from './pages/index-page.ts'
import { page } from './pages/layout.ts'
import { onward } from './pages/link-page.ts'

export const indexPage = (c: Context<AppEnv>) => {
  const { settings } = c.var.services
  return page(c, { title: settings.appName, width: 'wide', content: indexContent(settings) })
}

export const errorsPage = (c: Context<AppEnv>) => page(c, { title: 'Errors', width: 'wide', content: errorsContent() })

/** Shows browsers a page at a URL that does not exist. Other clients get problem details. */
export const nothingHerePage = (c: Context<AppEnv>, status: 404 | 405, headers: Record<string, string> = {}) => {
  const { settings } = c.var.services
  const site = onward(settings)
  const content = html`
  <div class="card">
    <h1>There is no page here</h1>
    <p>The address may be mistyped, or meant for a program. If a mail led you here, open its link again.</p>
    <a class="button" href="${site?.url ?? '/'}">Go to ${site?.host ?? settings.appName}</a>
  </div>`
  c.set('code', status === 404 ? 'not_found' : 'method_not_allowed')
  return page(c, { title: 'There is no page here', width: 'narrow', content }, status, {
    'Cache-Control': 'no-store',
    ...headers,
  })
}
