import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.confirm_factor_recovery.title', (t) => ({
  says: t('page.confirm_factor_recovery.says'),
  button: t('page.confirm_factor_recovery.button'),
  action: '/api/auth/confirm-factor-recovery',
  done: { heading: t('page.confirm_factor_recovery.done'), text: t('page.confirm_factor_recovery.done_text') },
}))
