import { auth } from './client.ts'
import { showPendingToast, toastNext } from './dom.ts'

/** The buttons of the header. Whoever logs out leaves, whether the service answered or not: its cookies are its own. */
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
