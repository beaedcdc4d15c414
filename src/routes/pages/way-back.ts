import type { Context } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from '../../env.ts'
import { field, linkPage } from './link-page.ts'

const passwordBefore = field({
  name: 'password',
  label: 'Password before the change',
  type: 'password',
  autocomplete: 'current-password',
})

/** The page for an account's old address: two ways to undo the change, with and without the earlier password. */
export const revertEmailChangePage = (c: Context<AppEnv>) =>
  linkPage(c, 'Take your account back', {
    action: '/api/auth/revert-email-change',
    done: { heading: 'Done', text: 'Check your mailbox.' },
    without: {
      says: 'If you do not remember it, freeze the account: nobody can use it for 72 hours. Then it returns to your address, unless somebody at the new address gives that password.',
      button: 'Freeze the account',
    },
    form: html`
      <p>With the password that you had before the address was changed, the account is yours again at once.</p>
      ${passwordBefore}
      <button type="submit">Take the account back</button>`,
  })

export const endFreezePage = (c: Context<AppEnv>) =>
  linkPage(c, 'Open your account again', {
    action: '/api/auth/end-freeze',
    done: { heading: 'Your account is open', text: 'It keeps its address. You can log in.' },
    form: html`
      <p>Somebody at the old address disputed the change. If you made it, prove that with the password.</p>
      ${passwordBefore}
      <button type="submit">Open the account</button>`,
  })
