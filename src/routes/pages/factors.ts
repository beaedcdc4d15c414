import type { Context } from 'hono'
import type { AppEnv } from '../../env.ts'
import { clickPage } from './link-page.ts'

export const removeFactorPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Remove that factor',
    says: 'Somebody added an authenticator app or a passkey to your account. If it was not you, remove it. That also logs out every device, and you should set a new password afterwards.',
    button: 'Remove it',
    action: '/api/auth/remove-factor',
    done: {
      heading: 'That factor is removed',
      text: 'All sessions have ended. Whoever added it knows your password: set a new one now.',
      newPassword: true,
    },
  })
