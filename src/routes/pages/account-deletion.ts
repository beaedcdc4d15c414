import type { Context } from 'hono'
import type { AppEnv } from '../../env.ts'
import { clickPage } from './link-page.ts'

export const undoDeletionPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Keep your account',
    says: 'Your account will be erased. One click keeps it.',
    button: 'Keep my account',
    action: '/api/auth/undo-deletion',
    done: {
      heading: 'Your account is kept',
      text: 'Log in. If somebody else requested the deletion, set a new password.',
      newPassword: true,
    },
  })
