import { marker, type Page } from '../page.ts'
import { Field } from '../parts/field.tsx'
import { NeedsScripts } from '../parts/needs-scripts.tsx'
import { Problem } from '../parts/problem.tsx'

/** What people see after they registered. */
export const page: Page = {
  title: 'page.check_your_mail.title',
  layout: 'narrow',
  script: 'check-your-mail',
  content: ({ t }) => (
    <>
      <h1>{t('page.check_your_mail.title')}</h1>
      <p class="intro">{t('page.check_your_mail.text')}</p>
      <div class="card stack">
        <p class="muted small">{t('page.check_your_mail.hint')}</p>
        <NeedsScripts t={t} says="page.check_your_mail.scripts" />
        <form id="form" class="stack" method="post" novalidate>
          <Field t={t} name="email" label={t('word.email')} type="email" autocomplete="username" />
          <Problem />
          <button class="button quiet full" type="submit">
            {t('page.check_your_mail.button')}
          </button>
        </form>
      </div>
      <p class="below">
        <a href={`/sign-in${marker('query')}`} data-carry-address>
          {t('page.check_your_mail.sign_in')}
        </a>
      </p>
    </>
  ),
}
