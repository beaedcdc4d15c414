import { createClient } from '../../client/index.ts'
import { all, byId, showPendingToast, toastNext } from './dom.ts'
import { word } from './words.ts'

const signIn = byId('main').dataset.signIn || '/'

/** Goes to the log-in, which leads back here. */
const logIn = () => {
  const here = location.pathname + location.search + location.hash
  location.assign(signIn.startsWith('/') ? `${signIn}?return_to=${encodeURIComponent(here)}` : signIn)
}

/**
 * The client for the service, which cookies authenticate. It writes nothing into the account of another user who logged
 * in meanwhile in another tab.
 */
export const auth = createClient({
  url: '/',
  onSignedOut: logIn,
  // This page shows another user's data.
  onUserChanged: () => location.reload(),
})

for (const button of all('[data-log-out]'))
  button.addEventListener('click', async () => {
    // The visitor leaves the page even if the service did not answer.
    const done = await auth.logOut().then(
      () => true,
      () => false,
    )
    toastNext(done ? word('layout.logged_out') : word('layout.not_logged_out'))
    location.assign(signIn)
  })

showPendingToast()
