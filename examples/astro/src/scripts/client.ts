import { createClient } from 'gatehouse-auth'
import { behindLogIn } from '../lib/pages.ts'

const logIn = () => `/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`

const told = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content

/** The URL of this site, which forwards, or of the service itself, as set in src/layouts/Page.astro. */
const url = told('gatehouse-url')

/**
 * The user for whom this page was made. If somebody else has logged in since, in another tab, the cookies are theirs.
 */
const madeFor = told('gatehouse-user')

/**
 * The client for the service, which cookies authenticate. It writes nothing into the account of another user who logged
 * in meanwhile in another tab.
 */
export const auth = createClient({
  url,
  // This site's server compares the header with the cookie, which no tab can see (src/lib/expected.ts).
  ...(madeFor ? { headers: { 'Expected-User': madeFor } } : {}),
  onSignedOut: () => {
    if (behindLogIn(location.pathname)) location.assign(logIn())
  },
  // This page shows another user's data.
  onUserChanged: () => {
    if (behindLogIn(location.pathname)) location.reload()
  },
})
