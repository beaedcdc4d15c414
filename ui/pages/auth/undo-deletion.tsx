import { clickPage } from '../../parts/link-page.tsx'

export const page = clickPage('page.undo_deletion.title', (t) => ({
  says: t('page.undo_deletion.says'),
  button: t('page.undo_deletion.button'),
  action: '/api/auth/undo-deletion',
  done: { heading: t('page.undo_deletion.done'), text: t('page.undo_deletion.done_text'), next: 'new password' },
}))
