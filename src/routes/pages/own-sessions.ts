import type { Context } from 'hono'
import type { AppEnv } from '../../env.ts'
import { clickPage } from './link-page.ts'

export const endSessionPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'End that session',
    says: 'Somebody logged in to your account from a new device. If it was not you, end that session, and set a new password afterwards.',
    button: 'End the session',
    action: '/api/auth/end-session',
    done: {
      heading: 'That session has ended',
      text: 'If it was not yours, set a new password now.',
      newPassword: true,
    },
  })
