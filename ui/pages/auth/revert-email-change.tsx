import { EarlierPassword } from '../../parts/earlier-factors.tsx'
import { linkPage } from '../../parts/link-page.tsx'

/** The page for an account's old address: the ways to undo the change, with and without a proof from before it. */
export const page = linkPage('page.revert_email_change.title', (t) => ({
  action: '/api/auth/revert-email-change',
  done: {
    heading: t('page.revert_email_change.done'),
    text: t('page.revert_email_change.done_text'),
    frozen: t('page.revert_email_change.frozen'),
  },
  factors: t('page.revert_email_change.button'),
  without: {
    says: t('page.revert_email_change.without'),
    button: t('page.revert_email_change.freeze'),
  },
  form: <EarlierPassword t={t} says="page.revert_email_change.says" button="page.revert_email_change.button" />,
}))
