import type { Context } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../../env.ts'
import { clickPage, linkPage } from './link-page.ts'

/** The page of verification links. Anybody may open it without a token; the script then says so. */
export const verifyEmailPage = (c: Context<AppEnv>) =>
  linkPage(c, 'Verify your address', {
    action: '/api/auth/verify-email',
    again: '/api/auth/resend-verification',
    done: { heading: 'Your address is verified', text: 'You can log in now.' },
    proof: {
      heading: 'Was it you who registered?',
      says: 'The account was registered in another browser, or some time ago. Enter the password that was chosen then.',
      button: 'Verify my address',
      otherwise: {
        path: '/auth/reset-password',
        label: 'I do not know this password, or it was not me: choose a new one',
      },
    },
    form: html`
      <p>One click says that this mailbox is yours.</p>
      <button type="submit">Verify my address</button>`,
  })

export const rejectRegistrationPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Somebody else registered your address',
    says: 'If you did not make this account, one click locks out whoever did. If you did, close this page.',
    button: 'I did not register',
    action: '/api/auth/reject-registration',
    done: { heading: 'That is settled', text: 'Whoever registered this address can no longer log in.' },
  })
