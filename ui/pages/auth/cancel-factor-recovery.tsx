import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.cancel_factor_recovery.title', (t) => ({
  says: t('page.cancel_factor_recovery.says'),
  button: t('page.cancel_factor_recovery.button'),
  action: '/api/auth/cancel-factor-recovery',
  done: {
    heading: t('page.cancel_factor_recovery.done'),
    text: t('page.cancel_factor_recovery.done_text'),
    next: 'new password',
  },
}))
