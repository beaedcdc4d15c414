import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.end_session.title', (t) => ({
  says: t('page.end_session.says'),
  button: t('page.end_session.button'),
  action: '/api/auth/end-session',
  done: { heading: t('page.end_session.done'), text: t('page.end_session.done_text'), next: 'new password' },
}))
