import { marker, type Text } from '../page.ts'
import { Field } from './field.tsx'
import { If } from './if.tsx'
import { Problem } from './problem.tsx'

/** Asks for an address, and mails a link to it. */
export const AskForLink = ({ t, action, button }: { t: Text; action: string; button: string }) => (
  <form class="stack" data-post={action} data-done="sent" novalidate>
    <Field t={t} name="email" label={t('page.link.email')} type="email" autocomplete="email" />
    <Problem />
    <button class="button full" type="submit">
      {button}
    </button>
  </form>
)

export type Next = 'log-in' | 'new password' | 'account'

/** Where people continue: at the site in front, by a new password, in the account, or at the log-in. */
export const GoOn = ({ t, next }: { t: Text; next: Next }) => (
  <If
    name="site"
    otherwise={
      next === 'new password' ? (
        <AskForLink t={t} action="/api/auth/forgot-password" button={t('page.link.send_me')} />
      ) : next === 'account' ? (
        <If name="account">
          <a class="button full" href="/account">
            {t('page.index.account')}
          </a>
        </If>
      ) : (
        <If name="pages" otherwise={<p class="muted">{t('word.close')}</p>}>
          <a class="button full" href="/sign-in">
            {t('page.sign_in.title')}
          </a>
        </If>
      )
    }
  >
    <a class="button full" href={marker('site')}>
      {t('word.continue_to', { host: marker('host') })}
    </a>
  </If>
)
