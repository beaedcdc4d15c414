import { Field } from '../../parts/field.tsx'
import { linkPage } from '../../parts/link-page.tsx'
import { NewPassword } from '../../parts/new-password.tsx'
import { Problem } from '../../parts/problem.tsx'

/** The page of reset links and of invitations. */
export const page = linkPage('page.reset_password.title', (t) => ({
  action: '/api/auth/reset-password',
  again: '/api/auth/forgot-password',
  done: {
    heading: t('page.reset_password.done'),
    text: t('page.reset_password.done_text'),
  },
  missing: {
    heading: t('page.reset_password.missing'),
    text: t('page.reset_password.missing_text'),
  },
  form: (
    <>
      <Field
        t={t}
        name="username"
        label={t('page.reset_password.username')}
        type="email"
        autocomplete="username"
        hint={t('page.reset_password.username_hint')}
        unsent
      />
      <NewPassword t={t} />
      <Problem />
      <button class="button full" type="submit">
        {t('page.reset_password.button')}
      </button>
    </>
  ),
}))
