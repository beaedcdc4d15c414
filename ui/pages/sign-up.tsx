import { marker, type Page } from '../page.ts'
import { Field } from '../parts/field.tsx'
import { If } from '../parts/if.tsx'
import { NeedsScripts } from '../parts/needs-scripts.tsx'
import { NewPassword } from '../parts/new-password.tsx'
import { Problem } from '../parts/problem.tsx'

/** Registration, if anybody may register. */
export const page: Page = {
  title: 'page.sign_up.title',
  layout: 'narrow',
  script: 'sign-up',
  content: ({ t }) => (
    <>
      <h1>{t('page.sign_up.title')}</h1>
      <If name="open" otherwise={<p class="intro">{t('page.sign_up.closed')}</p>}>
        <p class="intro">{t('page.sign_up.intro')}</p>
        <div class="card">
          <NeedsScripts t={t} says="page.sign_up.scripts" />
          <form id="form" class="stack" method="post" novalidate>
            <Field t={t} name="name" label={t('word.name')} autocomplete="name" maxlength={100} optional />
            <Field t={t} name="email" label={t('word.email')} type="email" autocomplete="username" />
            <NewPassword t={t} name="password" label="word.password" />
            <Problem />
            <button class="button full" type="submit">
              {t('page.sign_up.button')}
            </button>
          </form>
        </div>
      </If>
      <p class="below">
        <a href={`/sign-in${marker('query')}`} data-carry-address>
          {t('page.sign_up.sign_in')}
        </a>
      </p>
    </>
  ),
}
