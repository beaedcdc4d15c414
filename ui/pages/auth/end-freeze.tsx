import { EarlierPassword } from '../../parts/earlier-factors.tsx'
import { linkPage } from '../../parts/link-page.tsx'

export const page = linkPage('page.end_freeze.title', (t) => ({
  action: '/api/auth/end-freeze',
  done: {
    heading: t('page.end_freeze.done'),
    text: t('page.end_freeze.done_text'),
  },
  factors: t('page.end_freeze.button'),
  without: { says: t('page.end_freeze.without') },
  form: <EarlierPassword t={t} says="page.end_freeze.says" button="page.end_freeze.button" />,
}))
