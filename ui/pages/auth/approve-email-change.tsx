import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.approve_email_change.title', (t) => ({
  says: t('page.approve_email_change.says'),
  button: t('page.approve_email_change.button'),
  action: '/api/auth/approve-email-change',
  done: { heading: t('page.approve_email_change.done'), text: t('page.approve_email_change.done_text') },
}))
