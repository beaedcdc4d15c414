import type { Child, Page, Text } from '../page.ts'
import { EarlierFactors } from './earlier-factors.tsx'
import { Field } from './field.tsx'
import { AskForLink, GoOn, type Next } from './go-on.tsx'
import { NeedsScripts } from './needs-scripts.tsx'
import { Problem } from './problem.tsx'

type Link = {
  t: Text
  heading: string
  /** Where the script posts `{ token, …fields }`. */
  action: string
  /** Where a new link is requested with `{ email }` if this one is invalid. Undefined: it cannot be requested again. */
  again?: string
  /** The fields of the form and its button. */
  form: Child
  /**
   * `next`: where people continue at a service without a site, by default at the log-in. `frozen`: the text if the account
   * is frozen now.
   */
  done: { heading: string; text: string; next?: Next; frozen?: string }
  /** What the link alone can do, if its form asks for more. No button: nothing. */
  without?: { says: string; button?: string }
  /** The text of the button if factors may be given in place of the password. */
  factors?: string
  /** What the page asks for if the service says that the link alone is not enough: the password, or another way. */
  proof?: { heading: string; says: string; button: string; otherwise?: { path: string; label: string } }
  /** Further states. */
  more?: Child
  /** The text of a page that was opened without a link or with a truncated one. */
  missing?: { heading: string; text: string }
}

/** The state with the forms that use the link. If the service then asks for the password, the state `proof` follows. */
const Ready = ({ t, heading, action, form, factors, without }: Link & { proof?: Link['proof'] }) => (
  <section class="stack" data-state="ready" hidden>
    <h1 tabindex={-1}>{heading}</h1>
    {form}
    {factors && <EarlierFactors t={t} action={action} button={factors} />}
    {without && !without.button && <p>{without.says}</p>}
    {without?.button && (
      <form class="stack" data-post={action} data-failed="expired" data-done="done" novalidate>
        <p>{without.says}</p>
        <Problem />
        <button class="button quiet full" type="submit">
          {without.button}
        </button>
      </form>
    )}
  </section>
)

const Proof = ({ t, action, proof }: { t: Text; action: string; proof: NonNullable<Link['proof']> }) => (
  <section class="stack" data-state="proof" hidden>
    <h1 tabindex={-1}>{proof.heading}</h1>
    <p>{proof.says}</p>
    <form class="stack" data-post={action} data-failed="expired" data-done="done" data-proof novalidate>
      <Field t={t} name="password" label={t('word.password')} type="password" autocomplete="current-password" />
      <Problem />
      <button class="button full" type="submit">
        {proof.button}
      </button>
    </form>
    {proof.otherwise && (
      <p class="small">
        <a href={proof.otherwise.path} data-carry>
          {proof.otherwise.label}
        </a>
      </p>
    )}
  </section>
)

/** The state without a valid link: offers a new one, or asks for the whole link if it was cut off. */
const Useless = ({ t, again, missing }: Pick<Link, 't' | 'again' | 'missing'>) => (
  <section class="stack" data-state="expired missing" hidden>
    <div class="stack" data-state="expired">
      <h1 tabindex={-1}>{t('page.link.expired')}</h1>
      <p>{again ? t('page.link.expired_again') : t('page.link.expired_text')}</p>
    </div>
    <div class="stack" data-state="missing">
      <h1 tabindex={-1}>{missing?.heading ?? t('page.link.missing')}</h1>
      <p>{missing?.text ?? (again ? t('page.link.missing_again') : t('page.link.missing_text'))}</p>
      <form data-paste="" class="stack" novalidate>
        <Field t={t} name="link" label={t('page.link.paste')} autocomplete="off" />
        <Problem />
        <button class="button full" type="submit">
          {t('page.link.open')}
        </button>
      </form>
    </div>
    {again && <AskForLink t={t} action={again} button={t('page.link.send_new')} />}
  </section>
)

/**
 * A page for a mailed link in one of several states, chosen by its script. The token is in the fragment, which only a
 * script can read, and is used when the visitor clicks: a mail scanner that opens links in a real browser uses nothing
 * up.
 */
const LinkPage = (link: Link) => {
  const { t, done } = link
  return (
    <div class="card" data-link data-frozen={done.frozen}>
      <Ready {...link} />
      {link.more}
      {link.proof && <Proof t={t} action={link.action} proof={link.proof} />}
      <section class="stack" data-state="done" hidden>
        <p class="mark" aria-hidden="true">
          ✓
        </p>
        <h1 tabindex={-1}>{done.heading}</h1>
        <p data-message>{done.text}</p>
        <GoOn t={t} next={done.next ?? 'log-in'} />
      </section>
      <Useless {...link} />
      <section class="stack" data-state="sent" hidden>
        <h1 tabindex={-1}>{t('page.link.sent')}</h1>
        <p>{t('page.link.sent_text')}</p>
      </section>
      <p class="muted" data-state="loading">
        {t('word.loading')}
      </p>
      <NeedsScripts t={t} says="page.link.scripts" />
    </div>
  )
}

type Wish = Omit<Link, 't' | 'heading' | 'form'> & { form: Child }

/** Makes a page for a mailed link. Its heading is the title. */
export const linkPage = (title: Page['title'], wish: (t: Text) => Wish): Page => ({
  title,
  layout: 'narrow',
  script: 'link',
  content: ({ t }) => {
    const { form, ...link } = wish(t)
    const proof = link.proof ? { 'data-proof': '' } : {}
    const whole = (
      <form class="stack" data-post={link.action} data-failed="expired" data-done="done" {...proof} novalidate>
        {form}
      </form>
    )
    return <LinkPage t={t} heading={t(title)} {...link} form={whole} />
  },
})

/** Makes the page of a mailed link that needs only a click. */
export const clickPage = (
  title: Page['title'],
  wish: (t: Text) => Omit<Wish, 'form'> & { says: string; button: string },
): Page =>
  linkPage(title, (t) => {
    const { says, button, ...link } = wish(t)
    const form = (
      <>
        <p>{says}</p>
        <Problem />
        <button class="button full" type="submit">
          {button}
        </button>
      </>
    )
    return { ...link, form }
  })
