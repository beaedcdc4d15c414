import { Field } from '../../parts/field.tsx'
import { linkPage } from '../../parts/link-page.tsx'
import { Problem } from '../../parts/problem.tsx'

export const page = linkPage('page.end_freeze.title', (t) => ({
  action: '/api/auth/end-freeze',
  done: {
    heading: t('page.end_freeze.done'),
    text: t('page.end_freeze.done_text'),
  },
  factors: t('page.end_freeze.button'),
  without: { says: t('page.end_freeze.without') },
  form: (
    <>
      <p>{t('page.end_freeze.says')}</p>
      <Field
        t={t}
        name="password"
        label={t('page.way_back.password')}
        type="password"
        autocomplete="current-password"
      />
      <Problem />
      <button class="button full" type="submit">
        {t('page.end_freeze.button')}
      </button>
    </>
  ),
}))
