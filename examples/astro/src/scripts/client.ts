import { createClient } from 'gatehouse/client'

const logIn = () => `/login?next=${encodeURIComponent(location.pathname + location.search)}`

const behindLogIn = () => /^\/(?:account|admin)(?:\/|$)/.test(location.pathname)

/** The one way to the service: through this site, or to PUBLIC_API_URL where that is set. Cookies do the rest. */
export const { api } = createClient({
  url: import.meta.env.PUBLIC_API_URL || '/',
  onSignedOut: () => {
    if (behindLogIn()) location.assign(logIn())
  },
})
