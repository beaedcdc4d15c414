import { Field } from '../../parts/field.tsx'
import { linkPage } from '../../parts/link-page.tsx'
import { Problem } from '../../parts/problem.tsx'

/** The page for an account's old address: the ways to undo the change, with and without a proof from before it. */
export const page = linkPage('page.revert_email_change.title', (t) => ({
  action: '/api/auth/revert-email-change',
  done: {
    heading: t('page.revert_email_change.done'),
    text: t('page.revert_email_change.done_text'),
    frozen: t('page.revert_email_change.frozen'),
  },
  factors: t('page.revert_email_change.button'),
  without: {
    says: t('page.revert_email_change.without'),
    button: t('page.revert_email_change.freeze'),
  },
  form: (
    <>
      <p>{t('page.revert_email_change.says')}</p>
      <Field
        t={t}
        name="password"
        label={t('page.way_back.password')}
        type="password"
        autocomplete="current-password"
      />
      <Problem />
      <button class="button full" type="submit">
        {t('page.revert_email_change.button')}
      </button>
    </>
  ),
}))
