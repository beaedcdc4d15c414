import { siteOf } from '../../src/origins.ts'
import type { Settings } from '../../src/settings.ts'

/** Says what log-in by mail and accounts without a password lack. */
export const logInByMail = (
  { mailLogIn, passwordless, passkeys, links: urls, appUrl, frontendUrl }: Settings,
  vars: Record<string, string | undefined>,
): string[] => {
  const site = (url: string) => siteOf(new URL(url).hostname)
  return [
    ...(mailLogIn !== 'off' && site(appUrl) !== site(frontendUrl) && !vars.LOGIN_URL
      ? [
          `LOGIN_URL: people ask for a log-in mail at ${new URL(frontendUrl).host}, and its link leads to ${new URL(urls.log_in).host}, which is another site: the link can only show the code. Let it lead to a page of the site that forwards /api`,
        ]
      : []),
    ...(passwordless && mailLogIn === 'off' && !passkeys
      ? [
          'PASSWORDLESS: nobody can remove a password, because there is no other way to log in: set MAIL_LOGIN or PASSKEYS',
        ]
      : []),
  ]
}
