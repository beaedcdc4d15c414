import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.end_sessions.title', (t) => ({
  says: t('page.end_sessions.says'),
  button: t('page.end_sessions.button'),
  action: '/api/auth/end-sessions',
  done: { heading: t('page.end_sessions.done'), text: t('page.end_sessions.done_text') },
}))
