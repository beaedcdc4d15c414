import type { Context } from 'hono'
import type { AppEnv } from '../../env.ts'
import { clickPage } from './link-page.ts'

export const confirmEmailPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Confirm your new address',
    says: 'One click moves your account to this address. From then on you log in with it.',
    button: 'Use this address',
    action: '/api/auth/confirm-email',
    proof: {
      heading: 'Is the account yours?',
      says: 'You are not logged in to the account in this browser. Enter its password, so that a mistyped address cannot give the account to somebody else.',
      button: 'Use this address',
    },
    done: { heading: 'This is your address now', text: 'Your other sessions have ended. Log in there again.' },
  })

export const approveEmailChangePage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Approve the change',
    says: 'Somebody who is logged in to your account asked to move it to another address. Approve that only if it was you.',
    button: 'Approve the change',
    action: '/api/auth/approve-email-change',
    done: {
      heading: 'You approved the change',
      text: 'It takes effect when the link in the mail to the new address is opened.',
    },
  })

export const cancelEmailChangePage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Keep your address',
    says: 'Somebody asked to move your account to another address. If it was not you, keep the one you have, and set a new password afterwards.',
    button: 'Keep my address',
    action: '/api/auth/cancel-email-change',
    done: {
      heading: 'Your address stays',
      text: 'If you did not ask for the change, set a new password now.',
      newPassword: true,
    },
  })
