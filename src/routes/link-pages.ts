import type { Context } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../env.ts'
import { page } from './pages/layout.ts'
import { field, type Link, linkPage } from './pages/links.ts'

/** A page for the link of a mail. Its heading is the title. */
export const linkPageOf = (c: Context<AppEnv>, title: string, link: Omit<Link, 'heading' | 'settings'>) => {
  const { settings } = c.var.services
  return page(c, {
    title,
    width: 'narrow',
    script: 'link.js',
    content: linkPage({ heading: title, settings, ...link }),
  })
}

/** Where the link of a verification mail leads. Anybody may have it without a token: the script tells. */
export const verifyEmailPage = (c: Context<AppEnv>) =>
  linkPageOf(c, 'Verify your address', {
    action: '/api/auth/verify-email',
    again: '/api/auth/resend-verification',
    done: { heading: 'Your address is verified', text: 'You can log in now.' },
    proof: {
      heading: 'Was it you who registered?',
      says: 'This is not the browser in which the account was made, or that was some time ago. Give the password that was chosen then.',
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

/** Where the link of a reset mail leads, and that of an invitation. */
export const resetPasswordPage = (c: Context<AppEnv>) => {
  const min = c.var.services.settings.passwordMinLength
  return linkPageOf(c, 'Choose a new password', {
    action: '/api/auth/reset-password',
    again: '/api/auth/forgot-password',
    done: {
      heading: 'Your password is set',
      text: 'Log in with it. Wherever you were logged in before, you no longer are.',
    },
    missing: {
      heading: 'Forgotten your password?',
      text: 'Say which address your account has, and a link to choose a new password is mailed there. If you came from such a mail, open its link again, or paste it below: something of it got lost on the way here.',
    },
    form: html`
      ${field({
        name: 'username',
        label: 'E-mail address (optional)',
        type: 'email',
        autocomplete: 'username',
        hint: 'For your password manager, which files the new password under it.',
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

/** Where the link of a mail leads that needs no more than a click. */
export const clickPage = (
  c: Context<AppEnv>,
  {
    title,
    says,
    button,
    ...link
  }: { title: string; says: string; button: string } & Pick<Link, 'action' | 'done' | 'proof'>,
) => linkPageOf(c, title, { ...link, form: html`<p>${says}</p><button type="submit">${button}</button>` })

export const rejectRegistrationPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Somebody else registered your address',
    says: 'If it was not you who made this account, one click takes it from whoever did. If it was you, close this page.',
    button: 'I did not register',
    action: '/api/auth/reject-registration',
    done: { heading: 'That is settled', text: 'Whoever registered this address cannot get in.' },
  })

export const confirmEmailPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Confirm your new address',
    says: 'One click makes this mailbox the one of your account. You will log in with this address from then on.',
    button: 'Use this address',
    action: '/api/auth/confirm-email',
    proof: {
      heading: 'Is the account yours?',
      says: 'You are not logged in to the account in this browser. Give its password: a mistyped address must not give the account to somebody else.',
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
    done: { heading: 'You approved the change', text: 'The link in the mail to the new address makes it.' },
  })

export const cancelEmailChangePage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Keep your address',
    says: 'Somebody asked to move your account to another address. If it was not you, keep the one you have, and set a new password afterwards.',
    button: 'Keep my address',
    action: '/api/auth/cancel-email-change',
    done: {
      heading: 'Your address stays',
      text: 'If the change was not your idea, set a new password now.',
      newPassword: true,
    },
  })

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
