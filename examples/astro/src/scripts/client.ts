import { type Code, createClient, GatehouseError, json } from 'gatehouse/client'
import { behindLogIn, somebodyElse } from '../lib/pages.ts'

const logIn = () => `/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`

const told = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content

/** Of this site, which forwards, or of the service itself: src/layouts/Page.astro says. */
const url = told('gatehouse-url')

/** Whom this page was made for. Somebody else may have logged in since, in another tab; the cookies are theirs then. */
const madeFor = told('gatehouse-user')

/** The one way to the service. Cookies do the rest. */
export const { api } = createClient({
  url,
  // This site's server compares it with the cookie (src/lib/expected.ts). Where there is none, see `stillFor`.
  ...(madeFor ? { headers: { 'Expected-User': madeFor } } : {}),
  onSignedOut: () => {
    if (behindLogIn(location.pathname)) location.assign(logIn())
  },
})

/**
 * Before a form of a user is sent where no server of this site stands between, so that it does not write into the account
 * of whoever logged in meanwhile. (A log-in in the moment between this and the request goes unseen.)
 */
export const stillFor = async (id: string): Promise<void> => {
  if (madeFor) return
  const now = await json(api.user.profile.$get())
  if (now.id !== id) throw new GatehouseError('other_user' as Code, { status: 409, detail: somebodyElse })
}
