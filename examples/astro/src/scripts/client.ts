import { createClient } from 'gatehouse-auth'
import { behindLogIn } from '../lib/pages.ts'

const logIn = () => `/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`

const told = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content

/** Of this site, which forwards, or of the service itself: src/layouts/Page.astro says. */
const url = told('gatehouse-url')

/** Whom this page was made for. Somebody else may have logged in since, in another tab; the cookies are theirs then. */
const madeFor = told('gatehouse-user')

/**
 * The one way to the service. Cookies do the rest. The client writes nothing into the account of whoever logged in
 * meanwhile in another tab.
 */
export const auth = createClient({
  url,
  // What no tab tells of, this site's server sees: it compares this with the cookie (src/lib/expected.ts).
  ...(madeFor ? { headers: { 'Expected-User': madeFor } } : {}),
  onSignedOut: () => {
    if (behindLogIn(location.pathname)) location.assign(logIn())
  },
  // What stands here is another user's.
  onUserChanged: () => {
    if (behindLogIn(location.pathname)) location.reload()
  },
})
