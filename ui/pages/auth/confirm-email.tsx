import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.confirm_email.title', (t) => ({
  says: t('page.confirm_email.says'),
  button: t('page.confirm_email.button'),
  action: '/api/auth/confirm-email',
  proof: {
    heading: t('page.confirm_email.proof'),
    says: t('page.confirm_email.proof_says'),
    button: t('page.confirm_email.button'),
  },
  done: { heading: t('page.confirm_email.done'), text: t('page.confirm_email.done_text') },
}))
