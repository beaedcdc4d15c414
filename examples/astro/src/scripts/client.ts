import { createClient } from 'gatehouse/client'

const logIn = () => `/login?next=${encodeURIComponent(location.pathname + location.search)}`

const behindLogIn = () => /^\/(?:account|admin)(?:\/|$)/.test(location.pathname)

/** Of this site, which forwards, or of the service itself: src/layouts/Page.astro says. */
const url = document.querySelector<HTMLMetaElement>('meta[name="gatehouse-url"]')?.content

/** The one way to the service. Cookies do the rest. */
export const { api } = createClient({
  url,
  onSignedOut: () => {
    if (behindLogIn()) location.assign(logIn())
  },
})
