import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.remove_factor.title', (t) => ({
  says: t('page.remove_factor.says'),
  button: t('page.remove_factor.button'),
  action: '/api/auth/remove-factor',
  done: { heading: t('page.remove_factor.done'), text: t('page.remove_factor.done_text'), next: 'new password' },
}))
