import { clickPage } from '../../parts/link-page.tsx'

/** The page of verification links. Anybody may open it without a token; the script then says so. */
export const page = clickPage('page.verify_email.title', (t) => ({
  says: t('page.verify_email.says'),
  button: t('page.verify_email.button'),
  action: '/api/auth/verify-email',
  again: '/api/auth/resend-verification',
  done: { heading: t('page.verify_email.done'), text: t('page.verify_email.done_text') },
  proof: {
    heading: t('page.verify_email.proof'),
    says: t('page.verify_email.proof_says'),
    button: t('page.verify_email.button'),
    otherwise: { path: '/auth/reset-password', label: t('page.verify_email.otherwise') },
  },
}))
