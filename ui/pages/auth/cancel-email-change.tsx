import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.cancel_email_change.title', (t) => ({
  says: t('page.cancel_email_change.says'),
  button: t('page.cancel_email_change.button'),
  action: '/api/auth/cancel-email-change',
  done: {
    heading: t('page.cancel_email_change.done'),
    text: t('page.cancel_email_change.done_text'),
    next: 'new password',
  },
}))
