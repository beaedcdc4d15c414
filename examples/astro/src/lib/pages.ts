/** Which pages require a log-in. Nothing here sends a request, so that server and browser share it. */

/** Whether a page is for signed-in visitors: those of the account and of admins. */
export const behindLogIn = (pathname: string): boolean => /^\/(?:account|admin)(?:\/|$)/.test(pathname)

/**
 * Returns where a visitor goes after the log-in: the page that sent them here, or the account. Only pages behind the
 * log-in are accepted, because anybody can write `next`: another site in any spelling (open redirect, CWE-601), or a
 * URL that acts, such as the log-out. The check uses the path as the browser will read it.
 * @param fragment the fragment of the log-in page itself: browsers keep it over the redirect that led there
 */
export const pageAfterLogIn = (next: string | null, fragment = ''): string => {
  // A host that never resolves (RFC 6761 §6.4). If the URL still has it after parsing, `next` named no other host.
  const site = 'https://site.invalid'
  if (next === null || !URL.canParse(next, site)) return '/account'
  const { origin, pathname, search, hash } = new URL(next, site)
  if (origin !== site || !behindLogIn(pathname)) return '/account'
  return pathname + search + (hash || fragment)
}

/** Shown for a form whose page was made for another user than the one who is logged in now. */
export const somebodyElse = 'Somebody else has logged in in the meantime. Nothing was changed. Load this page again.'
