import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.reject_registration.title', (t) => ({
  says: t('page.reject_registration.says'),
  button: t('page.reject_registration.button'),
  action: '/api/auth/reject-registration',
  done: { heading: t('page.reject_registration.done'), text: t('page.reject_registration.done_text') },
}))
