import type { Context } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../../env.ts'
import { clickPage, field, linkPage } from './link-page.ts'

/** The page of reset links and of invitations. */
export const resetPasswordPage = (c: Context<AppEnv>) => {
  const min = c.var.services.settings.passwordMinLength
  return linkPage(c, 'Choose a new password', {
    action: '/api/auth/reset-password',
    again: '/api/auth/forgot-password',
    done: {
      heading: 'Your password is set',
      text: 'Log in with it. All earlier sessions have ended.',
    },
    missing: {
      heading: 'Forgotten your password?',
      text: 'Enter the address of your account, and we mail you a link to choose a new password. If you came from such a mail, open its link again or paste it below: part of it is missing.',
    },
    form: html`
      ${field({
        name: 'username',
        label: 'E-mail address (optional)',
        type: 'email',
        autocomplete: 'username',
        hint: 'For your password manager, which stores the new password with it.',
        optional: true,
      })}
      ${field({
        name: 'new_password',
        label: 'New password',
        type: 'password',
        autocomplete: 'new-password',
        min,
        hint: `At least ${min} characters. A few unrelated words are strong and easy to remember.`,
      })}
      <button type="submit">Set the password</button>`,
  })
}

export const endSessionsPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'End everything',
    says: 'Your password was changed. If that was not you, end every session and void that password. A link to choose another is mailed to you.',
    button: 'End everything',
    action: '/api/auth/end-sessions',
    done: {
      heading: 'All sessions have ended',
      text: 'A link to choose a new password is on its way to your mailbox.',
    },
  })
