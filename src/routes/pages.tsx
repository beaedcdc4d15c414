import type { Context } from 'hono'
import type { AppEnv } from '../env.ts'
import { ErrorsPage } from './pages/errors-page.tsx'
import { IndexPage } from './pages/index-page.tsx'
import { page } from './pages/layout.tsx'
import { Field, LinkPage, onward } from './pages/links.tsx'

export const indexPage = (c: Context<AppEnv>) => {
  const { settings } = c.var.services
  return page(c, { title: settings.appName, width: 'wide', children: <IndexPage settings={settings} /> })
}

export const errorsPage = (c: Context<AppEnv>) => page(c, { title: 'Errors', width: 'wide', children: <ErrorsPage /> })

/** For a browser at an address that has no page. Other clients get a problem. */
export const nothingHerePage = (c: Context<AppEnv>, status: 404 | 405, headers: Record<string, string> = {}) => {
  const { settings } = c.var.services
  const site = onward(settings)
  const children = (
    <div class="card">
      <h1>There is no page here</h1>
      <p>The address may be mistyped, or meant for a program. If a mail led you here, open its link again.</p>
      <a class="button" href={site?.url ?? '/'}>
        Go to {site?.host ?? settings.appName}
      </a>
    </div>
  )
  c.set('code', status === 404 ? 'not_found' : 'method_not_allowed')
  return page(c, { title: 'There is no page here', width: 'narrow', children }, status, {
    'Cache-Control': 'no-store',
    ...headers,
  })
}

/** Where the link of a verification mail leads. Anybody may have it without a token: the script tells. */
export const verifyEmailPage = (c: Context<AppEnv>) =>
  page(c, {
    title: 'Verify your address',
    width: 'narrow',
    script: 'link.js',
    children: (
      <LinkPage
        heading="Verify your address"
        action="/api/auth/verify-email"
        again="/api/auth/resend-verification"
        settings={c.var.services.settings}
        done={{ heading: 'Your address is verified', text: 'You can log in now.' }}
        proof={{
          heading: 'Was it you who registered?',
          says: 'This is not the browser in which the account was made, or that was some time ago. Give the password that was chosen then.',
          button: 'Verify my address',
          otherwise: {
            path: '/auth/reset-password',
            label: 'I do not know this password, or it was not me: choose a new one',
          },
        }}
      >
        <p>One click says that this mailbox is yours.</p>
        <button type="submit">Verify my address</button>
      </LinkPage>
    ),
  })

/** Where the link of a reset mail leads, and that of an invitation. */
export const resetPasswordPage = (c: Context<AppEnv>) => {
  const { settings } = c.var.services
  return page(c, {
    title: 'Choose a new password',
    width: 'narrow',
    script: 'link.js',
    children: (
      <LinkPage
        heading="Choose a new password"
        action="/api/auth/reset-password"
        again="/api/auth/forgot-password"
        settings={settings}
        done={{
          heading: 'Your password is set',
          text: 'Log in with it. Wherever you were logged in before, you no longer are.',
        }}
        missing={{
          heading: 'Forgotten your password?',
          text: 'Say which address your account has, and a link to choose a new password is mailed there. If you came from such a mail, open its link again, or paste it below: something of it got lost on the way here.',
        }}
      >
        <Field
          name="username"
          label="Your e-mail address"
          type="email"
          autocomplete="username"
          hint="Not needed: your password manager files the new password under it."
          optional
        />
        <Field
          name="new_password"
          label="New password"
          type="password"
          autocomplete="new-password"
          min={settings.passwordMinLength}
          hint={`At least ${settings.passwordMinLength} characters. A few unrelated words are strong and easy to remember.`}
        />
        <button type="submit">Set the password</button>
      </LinkPage>
    ),
  })
}

/** Where the link of a mail leads that needs no more than a click. */
const clickPage = (
  c: Context<AppEnv>,
  words: {
    title: string
    says: string
    button: string
    action: string
    done: { heading: string; text: string; newPassword?: boolean }
    proof?: Parameters<typeof LinkPage>[0]['proof']
  },
) =>
  page(c, {
    title: words.title,
    width: 'narrow',
    script: 'link.js',
    children: (
      <LinkPage
        heading={words.title}
        action={words.action}
        settings={c.var.services.settings}
        done={words.done}
        proof={words.proof}
      >
        <p>{words.says}</p>
        <button type="submit">{words.button}</button>
      </LinkPage>
    ),
  })

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
      says: 'You are not logged in to the account in this browser. Give its password, so that a mistyped address gives it to nobody else.',
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

/** Where the old address of an account leads: two ways back, one for each that somebody may remember. */
export const revertEmailChangePage = (c: Context<AppEnv>) =>
  page(c, {
    title: 'Take your account back',
    width: 'narrow',
    script: 'link.js',
    children: (
      <LinkPage
        heading="Take your account back"
        action="/api/auth/revert-email-change"
        settings={c.var.services.settings}
        done={{ heading: 'Done', text: 'Look into your mailbox.' }}
        without={{
          says: 'If you do not remember it, freeze the account: nobody can use it for 72 hours, and then it has your address again. The new address can object with that password.',
          button: 'Freeze the account',
        }}
      >
        <p>With the password that you had before the address was changed, the account is yours again at once.</p>
        <Field name="password" label="Password before the change" type="password" autocomplete="current-password" />
        <button type="submit">Take the account back</button>
      </LinkPage>
    ),
  })

export const endFreezePage = (c: Context<AppEnv>) =>
  page(c, {
    title: 'Open your account again',
    width: 'narrow',
    script: 'link.js',
    children: (
      <LinkPage
        heading="Open your account again"
        action="/api/auth/end-freeze"
        settings={c.var.services.settings}
        done={{ heading: 'Your account is open', text: 'It keeps its address. You can log in.' }}
      >
        <p>Somebody who reads the old address says that the change was not meant. If it was yours, prove it.</p>
        <Field name="password" label="Password before the change" type="password" autocomplete="current-password" />
        <button type="submit">Open the account</button>
      </LinkPage>
    ),
  })

export const endSessionsPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'End everything',
    says: 'Your password was changed. If that was not you, end every session and make that password void. A link to choose another is mailed to you.',
    button: 'End everything',
    action: '/api/auth/end-sessions',
    done: { heading: 'Everything has ended', text: 'A link to choose a new password is on its way to your mailbox.' },
  })

export const undoDeletionPage = (c: Context<AppEnv>) =>
  clickPage(c, {
    title: 'Keep your account',
    says: 'Your account waits to be erased. One click keeps it.',
    button: 'Keep my account',
    action: '/api/auth/undo-deletion',
    done: {
      heading: 'Your account stays',
      text: 'Log in. If somebody else asked for the deletion, set a new password.',
      newPassword: true,
    },
  })
