import { GatehouseError, type User } from '../../client/index.ts'
import { auth } from './client.ts'
import { byId, toast } from './dom.ts'
import { clear, onPress, onSubmit, pageError } from './forms.ts'
import { fillAvatar, showConsoleLink } from './people.ts'
import { date, time } from './times.ts'
import { word } from './words.ts'

const file = byId<HTMLInputElement>('file')
const pictureForm = byId<HTMLFormElement>('picture')
const value = (id: string) => byId<HTMLInputElement>(id)
let user: User

const show = (now: User) => {
  user = now
  fillAvatar(byId('avatar'), user)
  value('name').value = user.name ?? ''
  value('phone').value = user.phone ?? ''
  byId('email').textContent = user.email
  byId('since').textContent = date(user.created_at)
  byId('last').textContent = user.last_login_at ? time(user.last_login_at) : word('word.never')
  byId<HTMLFieldSetElement>('profile-fields').disabled = false
  chosen(false)
  showConsoleLink(user)
}

/** Between choosing a picture and using it, the page shows the chosen one. */
const chosen = (is: boolean) => {
  byId('choose').hidden = is
  // The input is hidden as well, because `choose` is its label.
  file.hidden = is
  byId('use').hidden = !is
  byId('undo').hidden = !is
  byId('remove').hidden = is || !user.avatar_url
  if (!is) file.value = ''
}

file.addEventListener('change', () => {
  const [picture] = file.files ?? []
  if (!picture) return
  const image = document.createElement('img')
  image.alt = ''
  image.src = URL.createObjectURL(picture)
  image.onload = () => URL.revokeObjectURL(image.src)
  image.onerror = () => {
    URL.revokeObjectURL(image.src)
    byId('avatar').replaceChildren('?')
  }
  byId('avatar').replaceChildren(image)
  chosen(true)
  byId('use').focus()
})

byId('undo').addEventListener('click', () => {
  clear(pictureForm)
  chosen(false)
  fillAvatar(byId('avatar'), user)
  file.focus()
})

/** Bytes that the service accepts: docs/reference/limits.md. */
const largestPicture = 5 * 1024 * 1024

onSubmit(pictureForm, async () => {
  const [picture] = file.files ?? []
  if (!picture) return
  // A server that refuses while a file is being sent may close the connection before its answer is read.
  if (picture.size > largestPicture) throw new GatehouseError('payload_too_large')
  show(await auth.uploadAvatar({ file: picture }))
  toast(word('page.account.picture_saved'))
  file.focus()
})

onPress(byId('remove'), async () => {
  show(await auth.deleteAvatar())
  toast(word('page.account.picture_removed'))
  file.focus()
})

onSubmit(byId<HTMLFormElement>('profile'), async ({ name, phone }) => {
  show(await auth.updateProfile({ name: name || null, phone: phone || null }))
  toast(word('page.account.saved'))
})

auth.getProfile().then(show).catch(pageError)
