import { auth } from './client.ts'
import { showPendingToast, toastNext } from './dom.ts'

/** Handles the log-out buttons of the header. The visitor leaves the page even if the service did not answer. */
export const watchLogOut = () => {
  showPendingToast()
  for (const button of document.querySelectorAll('[data-log-out]'))
    button.addEventListener('click', async () => {
      const done = await auth.logOut().then(
        () => true,
        () => false,
      )
      toastNext(done ? 'You are logged out.' : 'We could not be reached. You may still be logged in.')
      location.assign('/')
    })
}
