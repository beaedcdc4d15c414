import type { Context } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../../env.ts'
import type { Settings } from '../../settings.ts'
import { type Markup, page } from './layout.ts'

type Link = {
  heading: string
  /** Where the script posts `{ token, …fields }`. */
  action: string
  /** Where a new link is requested with `{ email }` if this one is invalid. Undefined: it cannot be requested again. */
  again?: string
  settings: Settings
  /** The fields of the form and its button. */
  form: Markup
  /** `newPassword`: offers to mail a link to set one. */
  done: { heading: string; text: string; newPassword?: boolean }
  /** What the link alone can do, if its form asks for more. */
  without?: { says: string; button: string }
  /** What the page asks for if the service says that the link alone is not enough: the password, or another way. */
  proof?: { heading: string; says: string; button: string; otherwise?: { path: string; label: string } }
  /** The text of a page that was opened without a link or with a truncated one. */
  missing?: { heading: string; text: string }
}

const lost = (again: string | undefined) => ({
  heading: 'This page opens from a mail',
  text: `Part of the link is missing. Copy the whole link from the mail and paste it here${again ? ', or ask for a new one' : ''}.`,
})

/** The place for faults of the whole form, filled by the script. */
const problem = html`<p class="problem" role="alert" data-problem hidden></p>`

const askForLink = (action: string, button: string) => html`
  <form data-post="${action}" data-done="sent" novalidate>
    ${field({ name: 'email', label: 'Your e-mail address', type: 'email', autocomplete: 'email' })}
    <button type="submit">${button}</button>
    ${problem}
  </form>`

/** Returns the front end, where people continue when they are done, if there is one. */
export const onward = ({ frontendUrl, appUrl }: Settings) =>
  new URL(frontendUrl).origin === appUrl ? undefined : { url: frontendUrl, host: new URL(frontendUrl).host }

/** Renders the forms that use the link, each in a state of its own if the service may ask for the password. */
const ready = ({ heading, action, form, without, proof }: Link) => html`
  <section data-state="ready" hidden>
    <h1 tabindex="-1">${heading}</h1>
    <form data-post="${action}" data-failed="expired" data-done="done" ${proof && 'data-proof'} novalidate>
      ${form}
      ${problem}
    </form>
    ${
      without &&
      html`
    <form data-post="${action}" data-failed="expired" data-done="done" novalidate>
      <p>${without.says}</p>
      <button type="submit" class="plain">${without.button}</button>
      ${problem}
    </form>`
    }
  </section>
  ${
    proof &&
    html`
  <section data-state="proof" hidden>
    <h1 tabindex="-1">${proof.heading}</h1>
    <p>${proof.says}</p>
    <form data-post="${action}" data-failed="expired" data-done="done" data-proof novalidate>
      ${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' })}
      <button type="submit">${proof.button}</button>
      ${problem}
    </form>
    ${proof.otherwise && html`<p class="soft"><a href="${proof.otherwise.path}" data-carry>${proof.otherwise.label}</a></p>`}
  </section>`
  }`

const goOn = ({ settings, done }: Link) => {
  const site = onward(settings)
  if (site) return html`<a class="button" href="${site.url}">Continue to ${site.host}</a>`
  if (done.newPassword) return askForLink('/api/auth/forgot-password', 'Send me a link')
  return html`<p class="soft">You can close this page.</p>`
}

/** Renders the state without a valid link: asks for a new one, or for the part that was lost. */
const useless = ({ again, missing = lost(again) }: Link) => html`
  <section data-state="expired missing" hidden>
    <div data-state="expired">
      <h1 tabindex="-1">This link no longer works</h1>
      <p>It was used, it is too old, or a later change made it void.${
        again && ' Ask for a new one, and open the link in the newest mail.'
      }</p>
    </div>
    <div data-state="missing">
      <h1 tabindex="-1">${missing.heading}</h1>
      <p>${missing.text}</p>
      <form data-paste novalidate>
        ${field({ name: 'link', label: 'The link from the mail', type: 'text', autocomplete: 'off' })}
        <button type="submit">Open the link</button>
        ${problem}
      </form>
    </div>
    ${again && askForLink(again, 'Send a new link')}
  </section>`

/**
 * Renders a page for a mailed link in one of several states, chosen by link.js. The token is in the fragment, which
 * only a script can read, and is used when the visitor clicks: a mail scanner that opens links in a real browser uses
 * nothing up.
 */
const content = (link: Link) => html`
  <div class="card" data-link>
    ${ready(link)}
    <section data-state="done" hidden>
      <p class="mark good" aria-hidden="true">✓</p>
      <h1 tabindex="-1">${link.done.heading}</h1>
      <p data-message>${link.done.text}</p>
      ${goOn(link)}
    </section>
    ${useless(link)}
    <section data-state="sent" hidden>
      <h1 tabindex="-1">Check your mailbox</h1>
      <p>If a link can be sent to this address, it is on its way. It may take a minute, or land in the spam folder.</p>
    </section>
    <p class="soft" data-state="loading">One moment …</p>
    <noscript>
      <p class="problem">This page needs scripts: browsers do not send the secret part of your link. Allow scripts for this page, or open the link in another browser.</p>
    </noscript>
  </div>`

/** Returns a page for a mailed link. Its heading is the title. */
export const linkPage = (c: Context<AppEnv>, title: string, link: Omit<Link, 'heading' | 'settings'>) => {
  const { settings } = c.var.services
  return page(c, {
    title,
    width: 'narrow',
    script: 'link.js',
    content: content({ heading: title, settings, ...link }),
  })
}

/** Returns the page of a mailed link that needs only a click. */
export const clickPage = (
  c: Context<AppEnv>,
  {
    title,
    says,
    button,
    ...link
  }: { title: string; says: string; button: string } & Pick<Link, 'action' | 'done' | 'proof'>,
) => linkPage(c, title, { ...link, form: html`<p>${says}</p><button type="submit">${button}</button>` })

type FieldOf = {
  name: string
  label: string
  type: 'email' | 'password' | 'text'
  autocomplete: string
  hint?: string
  min?: number
  /** Only for the browser: it may stay empty, and is not sent. */
  optional?: boolean
}

export const field = ({ name, label, type, autocomplete, hint, min, optional }: FieldOf) => html`
  <div class="field">
    <label for="${name}">${label}</label>
    <div class="input">
      <input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false"
        aria-describedby="${name}-problem${hint && ` ${name}-hint`}"
        ${min && html`data-min="${min}"`} ${optional ? 'data-optional' : 'required'}>
      ${
        type === 'password' &&
        html`<button type="button" class="plain" data-show="${name}" aria-controls="${name}" aria-pressed="false" hidden>Show</button>`
      }
    </div>
    <p class="problem" id="${name}-problem" data-problem-of="${name}" hidden></p>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </div>`
