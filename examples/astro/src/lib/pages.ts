/** Which paths are whose. Nothing here sends a request, so that server and browser share it. */

/** Whether a page of this site is for signed-in visitors. */
export const behindLogIn = (pathname: string): boolean => /^\/members(?:\/|$)/.test(pathname)

const isApi = (pathname: string) => /^\/api(?:\/|$)/.test(pathname)

/** The pages of the service and what they load. Not its console, which admins open at the service's own address. */
const pages =
  /^\/(?:(?:sign-up|forgot-password|check-your-mail)$|(?:sign-in|account|auth|ui)(?:\/|$)|\.well-known\/change-password$)/

/** Whether this site forwards a request to the service: all of its API, and its pages, which are only read. */
export const isForwarded = (method: string, pathname: string): boolean =>
  isApi(pathname) || (/^(?:GET|HEAD)$/.test(method) && pages.test(pathname))

/** Whether a request asks for a page of the service rather than for its API. */
export const isPageOfService = (pathname: string): boolean => !isApi(pathname) && pages.test(pathname)

/**
 * Returns where a visitor goes after the log-in of this site: the page that sent them here, or the members' page. Only
 * pages behind the log-in are accepted, because anybody can write `next`: another site in any spelling (open redirect,
 * CWE-601), or a URL that acts, such as the log-out. The check uses the path as the browser will read it.
 * @param fragment the fragment of the log-in page itself: browsers keep it over the redirect that led there
 */
export const pageAfterLogIn = (next: string | null, fragment = ''): string => {
  // A host that never resolves (RFC 6761 §6.4). If the URL still has it after parsing, `next` named no other host.
  const site = 'https://site.invalid'
  if (next === null || !URL.canParse(next, site)) return '/members'
  const { origin, pathname, search, hash } = new URL(next, site)
  if (origin !== site || !behindLogIn(pathname)) return '/members'
  return pathname + search + (hash || fragment)
}

/** Shown for a form whose page was made for another user than the one who is logged in now. */
export const somebodyElse = 'Somebody else has logged in in the meantime. Nothing was changed. Load this page again.'
