import type { Page } from '../../page.ts'
import { Field } from '../../parts/field.tsx'
import { NeedsScripts } from '../../parts/needs-scripts.tsx'
import { NewPassword } from '../../parts/new-password.tsx'
import { Problem } from '../../parts/problem.tsx'

/** Makes the first admin of a local service, by the link that `npm start` prints. The token is in the fragment. */
export const page: Page = {
  title: 'console.first_admin.title',
  layout: 'narrow',
  script: 'console/first-admin',
  content: ({ t }) => (
    <div class="card">
      <NeedsScripts t={t} />
      <section class="stack" data-state="ready" hidden>
        <h1 tabindex={-1}>{t('console.first_admin.title')}</h1>
        <p>{t('console.first_admin.intro')}</p>
        <form class="stack" id="form" novalidate>
          <Field t={t} name="email" label={t('word.email')} type="email" autocomplete="username" />
          <NewPassword t={t} name="password" label="word.password" />
          <Problem />
          <button class="button full" type="submit">
            {t('console.first_admin.button')}
          </button>
        </form>
      </section>
      <section class="stack" data-state="void" hidden>
        <h1 tabindex={-1}>{t('console.first_admin.void')}</h1>
        <p>{t('console.first_admin.void_text')}</p>
        <a class="button full" href="/console">
          {t('console.first_admin.console')}
        </a>
      </section>
    </div>
  ),
}
