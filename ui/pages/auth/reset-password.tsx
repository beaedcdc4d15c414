import { marker } from '../../page.ts'
import { Field } from '../../parts/field.tsx'
import { linkPage } from '../../parts/link-page.tsx'
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
      <Field
        t={t}
        name="new_password"
        label={t('word.new_password')}
        type="password"
        autocomplete="new-password"
        min={marker('min')}
        hint={t('word.new_password_hint', { min: marker('min') })}
      />
      <Problem />
      <button class="button full" type="submit">
        {t('page.reset_password.button')}
      </button>
    </>
  ),
}))
