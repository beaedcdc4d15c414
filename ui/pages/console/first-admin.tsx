import { marker, type Page } from '../../page.ts'
import { Field } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'

/** Makes the first admin of a local service, by the link that `npm start` prints. The token is in the fragment. */
export const page: Page = {
  title: 'console.first_admin.title',
  layout: 'narrow',
  script: 'console/first-admin',
  content: ({ t }) => (
    <div class="card">
      <noscript>
        <p class="note bad">{t('layout.scripts')}</p>
      </noscript>
      <section class="stack" data-state="ready" hidden>
        <h1 tabindex={-1}>{t('console.first_admin.title')}</h1>
        <p>{t('console.first_admin.intro')}</p>
        <form class="stack" id="form" novalidate>
          <Field t={t} name="email" label={t('word.email')} type="email" autocomplete="username" />
          <Field
            t={t}
            name="password"
            label={t('word.password')}
            type="password"
            autocomplete="new-password"
            min={marker('min')}
            hint={t('word.new_password_hint', { min: marker('min') })}
          />
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
