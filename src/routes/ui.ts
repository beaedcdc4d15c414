import { Hono } from 'hono'
import type { AppEnv } from '../env.ts'
import type { Settings } from '../settings.ts'
import { asset } from './assets.ts'
import { wantsHtml } from './navigation.ts'
import { mailPreview, page } from './pages.ts'

/** The pages for people besides those of mailed links. Each has a file of its name in ui/pages/. */
export const hostedPages = [
  'sign-in',
  'sign-in/second-factor',
  'sign-up',
  'forgot-password',
  'check-your-mail',
  'account',
  'account/security',
  'account/sessions',
  'account/activity',
  'account/data',
  'console',
  'console/users',
  'console/user',
  'console/invitations',
  'console/audit',
  'console/mails',
  'console/settings',
  'console/first-admin',
]

/** Whether the settings let a page be served. The pages hold no data: each operation checks its caller. */
const isServed = (name: string, settings: Settings) => {
  if (/^console\b/.test(name)) return settings.console
  return settings.pages === 'on' || (settings.pages === 'account' && /^account\b/.test(name))
}

/**
 * Where pictures of users come from besides the host of the page: from this service, if a site forwards its pages, or
 * from Cloudinary. A picture that was just chosen is a `blob:`.
 */
const picturesFrom = ({ appUrl, cloudinary }: Settings) =>
  ` blob: ${appUrl}${cloudinary ? ' https://res.cloudinary.com' : ''}`

/**
 * The pages for people, and the scripts and styles that they load. The colours of a brand are a file of their own, which
 * pages load only if there is one.
 */
export const ui = new Hono<AppEnv>()
  .get('/ui/brand.css', (c) => {
    const { link, dark, onDark } = c.var.services.settings.brand.colours
    const style = `:root{--accent:light-dark(${link},${dark});--accent-hover:var(--accent);--on-accent:light-dark(#fff,${onDark});--accent-soft:var(--sunken)}`
    return c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'public, max-age=300' })
  })
  .get('/ui/assets/*', async (c) => {
    const file = await asset(c, c.req.path)
    // The name contains a hash of the content.
    file.headers.set('Cache-Control', 'public, max-age=31536000, immutable')
    return file
  })
  .get('/ui/previews/*', (c) => (c.var.services.settings.console ? mailPreview(c) : c.notFound()))

for (const name of hostedPages)
  ui.get(`/${name}`, (c) => {
    if (!wantsHtml(c) || !isServed(name, c.var.services.settings)) return c.notFound()
    const pictures = /^(?:account|console)\b/.test(name) ? picturesFrom(c.var.services.settings) : undefined
    return page(c, name, { kept: true, pictures, frames: name === 'console/mails' })
  })
