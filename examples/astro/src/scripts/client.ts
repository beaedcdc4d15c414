import { createClient } from 'gatehouse-auth'
import { behindLogIn } from '../lib/pages.ts'

/** Returns what src/layouts/Page.astro tells the scripts. */
const told = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content

/**
 * The user for whom this page was made. If somebody else has logged in since, in another tab, the cookies are theirs.
 */
const madeFor = told('gatehouse-user')

/**
 * The client for the service. Cookies authenticate its requests, which this site forwards, or which go to the service
 * itself. It writes nothing into the account of another user who logged in meanwhile in another tab.
 */
export const auth = createClient({
  url: told('gatehouse-url'),
  // This site's server compares the header with the cookie, which no tab can see (src/lib/expected.ts).
  ...(madeFor ? { headers: { 'Expected-User': madeFor } } : {}),
  onSignedOut: () => {
    if (behindLogIn(location.pathname)) location.assign(told('sign-in') ?? '/')
  },
  // This page shows another user's data.
  onUserChanged: () => {
    if (behindLogIn(location.pathname)) location.reload()
  },
})
