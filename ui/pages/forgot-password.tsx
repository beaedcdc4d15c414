import { marker, type Page } from '../page.ts'
import { Field } from '../parts/field.tsx'
import { NeedsScripts } from '../parts/needs-scripts.tsx'
import { Problem } from '../parts/problem.tsx'

/** Mails a link to choose a new password. The page says the same whether or not the address has an account. */
export const page: Page = {
  title: 'page.forgot_password.title',
  layout: 'narrow',
  script: 'forgot-password',
  content: ({ t }) => (
    <>
      <div data-state="form">
        <h1 tabindex={-1}>{t('page.forgot_password.title')}</h1>
        <p class="intro">{t('page.forgot_password.intro')}</p>
        <div class="card">
          <NeedsScripts t={t} says="page.forgot_password.scripts" />
          <form id="form" class="stack" method="post" novalidate>
            <Field t={t} name="email" label={t('word.email')} type="email" autocomplete="username" />
            <Problem />
            <button class="button full" type="submit">
              {t('page.forgot_password.button')}
            </button>
          </form>
        </div>
      </div>
      <div data-state="sent" hidden>
        <h1 tabindex={-1}>{t('page.link.sent')}</h1>
        <div class="card stack">
          <p>{t('page.forgot_password.sent')}</p>
          <p class="muted small">{t('page.forgot_password.sent_hint')}</p>
        </div>
      </div>
      <p class="below">
        <a href={`/sign-in${marker('query')}`} data-carry-address>
          {t('page.forgot_password.back')}
        </a>
      </p>
    </>
  ),
}
