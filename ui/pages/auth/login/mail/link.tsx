import { Field } from '../../../../parts/field.tsx'
import { clickPage } from '../../../../parts/link-page.tsx'
import { Problem } from '../../../../parts/problem.tsx'

/** The page of the link in a log-in mail. A click logs in, only in the browser that asked for the mail. */
export const page = clickPage('page.log_in_link.title', (t) => ({
  says: t('page.log_in_link.says'),
  button: t('page.log_in_link.button'),
  action: '/api/auth/login/mail/link',
  done: { heading: t('page.log_in_link.done'), text: t('word.close'), next: 'account' },
  more: (
    <>
      <section class="stack" data-state="typed" hidden>
        <h1 tabindex={-1}>{t('page.log_in_link.typed')}</h1>
        <p class="digits" data-code />
        <p>{t('page.log_in_link.typed_text')}</p>
        <p class="muted">{t('page.log_in_link.not_you')}</p>
      </section>
      <section class="stack" data-state="second" hidden>
        <h1 tabindex={-1}>{t('page.sign_in.second')}</h1>
        <p>{t('page.log_in_link.second')}</p>
        <form class="stack" data-post="/api/auth/login/code" data-done="done" novalidate>
          <Field t={t} name="code" label={t('page.sign_in.code')} autocomplete="one-time-code" />
          <Problem />
          <button class="button full" type="submit">
            {t('page.log_in_link.button')}
          </button>
        </form>
        <p class="muted">{t('page.log_in_link.passkey')}</p>
      </section>
    </>
  ),
}))
