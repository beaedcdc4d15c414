import type { User } from 'gatehouse-auth'
import { auth } from './client.ts'
import { confirmed, withPassword } from './dialogs.ts'
import { byId, make, time, toast, toastNext } from './dom.ts'
import { onPress, onSubmit, pageError } from './forms.ts'
import { badges, fillAvatar, nameOf } from './parts.ts'

/** The page of one user: what an admin may see and do. */

const place = byId('user')
const id = place.dataset.id ?? ''
const button = (id: string) => byId<HTMLButtonElement>(id)
let user: User

const show = (now: User) => {
  user = now
  fillAvatar(byId('avatar'), user)
  byId('name').textContent = nameOf(user)
  byId('email').textContent = user.email
  byId('email').hidden = user.name === null
  byId('badges').replaceChildren(...badges(user))
  byId('pending').textContent = user.pending_email ?? 'None'
  byId('phone').textContent = user.phone ?? 'None'
  byId('created').textContent = time(user.created_at)
  byId('last').textContent = user.last_login_at ? time(user.last_login_at) : 'Never'
  byId<HTMLInputElement>('edit-email').value = user.email
  byId<HTMLInputElement>('edit-name').value = user.name ?? ''
  byId<HTMLFieldSetElement>('edit-fields').disabled = false
  button('role').textContent = user.role === 'admin' ? 'Make ordinary user' : 'Make admin'
  button('status').textContent = user.status === 'active' ? 'Disable' : 'Enable'
  button('verified').hidden = user.email_verified
  for (const name of ['role', 'status', 'verified', 'reset', 'delete']) button(name).disabled = false
  place.removeAttribute('aria-busy')
}

const showSessions = async () => {
  const { sessions } = await auth.admin.listUserSessions({ id })
  const entries = sessions.map(({ browser, os, city, country, ip, last_used_at }) => {
    const device = [browser, os].filter(Boolean).join(' on ') || 'Unknown browser'
    const where = [city, country, ip].filter(Boolean).join(', ') || 'unknown place'
    const facts = make('p', { class: 'small muted' }, `${where} · last used ${time(last_used_at)}`)
    return make('li', {}, make('div', {}, make('strong', {}, device), facts))
  })
  byId('sessions').replaceChildren(
    ...(entries.length > 0 ? entries : [make('li', { class: 'muted' }, 'Not logged in anywhere.')]),
  )
  button('end').disabled = entries.length === 0
}

const changed = async (next: User, text: string) => {
  show(next)
  await showSessions()
  toast(text)
}

onPress(button('role'), async () => {
  const role = user.role === 'admin' ? 'user' : 'admin'
  const text = role === 'admin' ? 'They can see and change every account.' : 'They lose all admin rights.'
  const title = role === 'admin' ? `Make ${nameOf(user)} an admin?` : `Take the admin role from ${nameOf(user)}?`
  await confirmed({ title, text, action: role === 'admin' ? 'Make admin' : 'Take it' })
  await changed(await withPassword(() => auth.admin.setRole({ id, role })), 'The role was changed.')
})

onPress(button('status'), async () => {
  const status = user.status === 'active' ? 'disabled' : 'active'
  if (status === 'disabled')
    await confirmed({
      title: `Disable ${nameOf(user)}?`,
      text: 'All their sessions end, and they cannot log in until somebody enables them.',
      action: 'Disable',
      bad: true,
    })
  const next = await withPassword(() => auth.admin.setStatus({ id, status }))
  await changed(next, status === 'active' ? 'The user was enabled.' : 'The user was disabled.')
})

onPress(button('verified'), async () => {
  const next = await withPassword(() => auth.admin.updateUser({ id, email_verified: true }))
  const dropped = ' Its password was never proven and was removed: a link to choose one is on its way.'
  await changed(next, `The address counts as verified.${next.password_dropped ? dropped : ''}`)
  button('status').focus()
})

onPress(button('reset'), async () => {
  await withPassword(() => auth.admin.requestPasswordReset({ id }))
  toast('A link to set a password is on its way.')
})

onSubmit(byId<HTMLFormElement>('edit'), async ({ email = '', name }) => {
  const change = { ...(email !== user.email && { email }), name: name || null }
  await changed(await withPassword(() => auth.admin.updateUser({ id, ...change })), 'The user was changed.')
})

onPress(button('end'), async () => {
  await withPassword(() => auth.admin.endUserSessions({ id }))
  await showSessions()
  toast('All sessions of this user have ended.')
})

onPress(button('delete'), async () => {
  await confirmed({
    title: `Delete ${nameOf(user)}?`,
    text: 'All their data is removed at once. This cannot be undone.',
    action: 'Delete for good',
    bad: true,
  })
  await withPassword(() => auth.admin.deleteUser({ id }))
  toastNext('The user was deleted.')
  location.assign('/admin/users')
})

auth.admin
  .getUser({ id })
  .then(show)
  .then(showSessions)
  .catch((error) => {
    place.hidden = place.hasAttribute('aria-busy')
    pageError(error)
  })
