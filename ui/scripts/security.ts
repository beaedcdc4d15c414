import type { User } from '../../client/index.ts'
import { auth } from './client.ts'
import { confirmed, proven } from './dialogs.ts'
import { byId, toast } from './dom.ts'
import { showFactors } from './factors.ts'
import { onPress, onSubmit, pageError } from './forms.ts'
import { showConsoleLink } from './people.ts'
import { showTrustedDevices } from './trusted-devices.ts'
import { word } from './words.ts'

const show = (user: User) => {
  byId('address').textContent = user.email
  byId<HTMLInputElement>('username').value = user.email
  byId('change-password').hidden = !user.has_password
  byId('no-password').hidden = user.has_password
  byId('only-mailbox').hidden = user.has_password || user.second_factor
  byId('pending').hidden = user.pending_email === null
  byId('pending-address').textContent = user.pending_email
  showConsoleLink(user)
}

const emailForm = byId<HTMLFormElement>('change-email')

onSubmit(emailForm, async ({ email = '' }) => {
  // Without the password, the current mailbox would have to approve the change as well.
  show(await proven((options) => auth.updateProfile({ email }, options)))
  emailForm.reset()
  toast(word('page.security.link_sent', { email }))
})

// Sending the current address cancels a pending change.
onPress(byId('keep'), async () => {
  show(await auth.updateProfile({ email: byId('address').textContent }))
  toast(word('page.security.kept'))
  byId('email').focus()
})

const passwordForm = byId<HTMLFormElement>('change-password')

onSubmit(passwordForm, async ({ current_password = '', new_password = '' }) => {
  await auth.changePassword({ current_password, new_password })
  passwordForm.reset()
  toast(word('page.security.password_changed'))
})

const removePassword = document.getElementById('remove-password')
if (removePassword)
  onPress(removePassword, async () => {
    await confirmed({
      title: word('page.security.remove_password_question'),
      text: word('page.security.remove_password_warning'),
      action: word('page.security.remove_password'),
      bad: true,
    })
    await proven((options) => auth.removePassword({}, options))
    show(await auth.getProfile())
    byId('password-title').focus()
    toast(word('page.security.password_removed'))
  })

onPress(byId('set-password'), async () => {
  const email = byId('address').textContent
  await auth.forgotPassword({ email })
  toast(word('page.security.link_sent', { email }))
})

auth.getProfile().then(show).catch(pageError)
showTrustedDevices().catch(pageError)
showFactors().catch(pageError)
