/** Which pages of this site are whose. Nothing here asks anybody, so that server and browser share it. */

/** Pages for who is signed in: the account, and the admins'. */
export const behindLogIn = (pathname: string): boolean => /^\/(?:account|admin)(?:\/|$)/.test(pathname)

/**
 * Where a visitor goes after the log-in: the page that sent them here, or the account. Only a page behind the log-in, for
 * `next` may be written by anybody: another site, however it is spelt (CWE-601), or an address that acts, as that of the
 * log-out. What is checked is what is gone to: the path as the browser will read it.
 * @param fragment of the log-in page itself: browsers carry it along over the redirect that led there
 */
export const pageAfterLogIn = (next: string | null, fragment = ''): string => {
  // A name that is nobody's (RFC 6761 §6.4): what resolves to it came without a host.
  const site = 'https://site.invalid'
  if (next === null || !URL.canParse(next, site)) return '/account'
  const { origin, pathname, search, hash } = new URL(next, site)
  if (origin !== site || !behindLogIn(pathname)) return '/account'
  return pathname + search + (hash || fragment)
}

/** Of a form whose page was made for another user than the one who is logged in now. */
export const somebodyElse = 'Somebody else has logged in meanwhile. Nothing was changed. Load this page again.'
