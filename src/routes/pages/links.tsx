import type { Child } from 'hono/jsx'
import type { Settings } from '../../settings.ts'

type Link = {
  heading: string
  /** Where the script posts `{ token, …fields }`. */
  action: string
  /** Where a new link is asked for with `{ email }`, when this one does not hold. None: it cannot be had again by asking. */
  again?: string
  settings: Settings
  children: Child
  /** `newPassword`: it ends with an offer to mail a link for one. */
  done: { heading: string; text: string; newPassword?: boolean }
  /** What can be done by the link alone, where its form asks for more. */
  without?: { says: string; button: string }
  /** What the page asks for where the service says that the link alone is not enough: the password, or another way. */
  proof?: { heading: string; says: string; button: string; otherwise?: { path: string; label: string } }
  /** What a page says that was opened without a link: it was called for by itself, or something of the link got lost. */
  missing?: { heading: string; text: string }
}

const lost = (again: string | undefined) => ({
  heading: 'This page opens from a mail',
  text: `Something of the link got lost on the way here. Copy the whole link from the mail and paste it here${again ? ', or ask for a new one' : ''}.`,
})

const AskForLink = ({ action, button }: { action: string; button: string }) => (
  <form data-post={action} data-done="sent" novalidate>
    <Field name="email" label="Your e-mail address" type="email" autocomplete="email" />
    <button type="submit">{button}</button>
    <p class="problem" role="alert" data-problem hidden />
  </form>
)

/** Where people go when they are done: the site this service stands behind, if it has one. */
export const onward = ({ frontendUrl, appUrl }: Settings) =>
  new URL(frontendUrl).origin === appUrl ? undefined : { url: frontendUrl, host: new URL(frontendUrl).host }

/**
 * A page for the link of a mail, in one of several states, which link.js chooses. The token is in the fragment, which only a script
 * can read, and is spent by the visitor's click: a scanner that opens the links of a mail in a real browser spends nothing.
 */
export const LinkPage = ({
  heading,
  action,
  again,
  settings,
  children,
  done,
  without,
  proof,
  missing = lost(again),
}: Link) => {
  const site = onward(settings)
  return (
    <div class="card" data-link>
      <section data-state="ready" hidden>
        <h1 tabindex={-1}>{heading}</h1>
        <form data-post={action} data-failed="expired" data-done="done" data-proof={proof && ''} novalidate>
          {children}
          <p class="problem" role="alert" data-problem hidden />
        </form>
        {without && (
          <form data-post={action} data-failed="expired" data-done="done" novalidate>
            <p>{without.says}</p>
            <button type="submit" class="plain">
              {without.button}
            </button>
            <p class="problem" role="alert" data-problem hidden />
          </form>
        )}
      </section>

      {proof && (
        <section data-state="proof" hidden>
          <h1 tabindex={-1}>{proof.heading}</h1>
          <p>{proof.says}</p>
          <form data-post={action} data-failed="expired" data-done="done" data-proof novalidate>
            <Field name="password" label="Password" type="password" autocomplete="current-password" />
            <button type="submit">{proof.button}</button>
            <p class="problem" role="alert" data-problem hidden />
          </form>
          {proof.otherwise && (
            <p class="soft">
              <a href={proof.otherwise.path} data-carry>
                {proof.otherwise.label}
              </a>
            </p>
          )}
        </section>
      )}

      <section data-state="done" hidden>
        <p class="mark good" aria-hidden="true">
          ✓
        </p>
        <h1 tabindex={-1}>{done.heading}</h1>
        <p data-message>{done.text}</p>
        {site ? (
          <a class="button" href={site.url}>
            Continue to {site.host}
          </a>
        ) : done.newPassword ? (
          <AskForLink action="/api/auth/forgot-password" button="Send me a link" />
        ) : (
          <p class="soft">You can close this page.</p>
        )}
      </section>

      <section data-state="expired missing" hidden>
        <div data-state="expired">
          <h1 tabindex={-1}>This link does not work any more</h1>
          <p>
            It was used, it is too old, or a newer one was sent.
            {again && ' Ask for a new one, and open the link in the newest mail.'}
          </p>
        </div>
        <div data-state="missing">
          <h1 tabindex={-1}>{missing.heading}</h1>
          <p>{missing.text}</p>
          <form data-paste novalidate>
            <Field name="link" label="The link from the mail" type="text" autocomplete="off" />
            <button type="submit">Open the link</button>
            <p class="problem" role="alert" data-problem hidden />
          </form>
        </div>
        {again && <AskForLink action={again} button="Send a new link" />}
      </section>

      <section data-state="sent" hidden>
        <h1 tabindex={-1}>Look into your mailbox</h1>
        <p>If a link can be sent to this address, it is on its way. It may take a minute, or hide among the spam.</p>
      </section>

      <p class="soft" data-state="loading">
        One moment …
      </p>
      <noscript>
        <p class="problem">
          This page needs scripts: the secret part of your link is one that browsers do not send. Switch scripts on for
          this page, or open the link in another browser.
        </p>
      </noscript>
    </div>
  )
}

type FieldOf = {
  name: string
  label: string
  type: 'email' | 'password' | 'text'
  autocomplete: string
  hint?: string
  min?: number
  /** For the browser alone: it may stay empty, and is not sent. */
  optional?: boolean
}

export const Field = ({ name, label, type, autocomplete, hint, min, optional }: FieldOf) => (
  <div class="field">
    <label for={name}>{label}</label>
    <div class="input">
      <input
        id={name}
        name={name}
        type={type}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        data-min={min}
        aria-describedby={hint ? `${name}-problem ${name}-hint` : `${name}-problem`}
        data-optional={optional}
        required={!optional}
      />
      {type === 'password' && (
        <button type="button" class="plain" data-show={name} aria-controls={name} aria-pressed="false" hidden>
          Show
        </button>
      )}
    </div>
    <p class="problem" id={`${name}-problem`} data-problem-of={name} hidden />
    {hint && (
      <p class="hint" id={`${name}-hint`}>
        {hint}
      </p>
    )}
  </div>
)
