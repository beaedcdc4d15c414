import type { AuditEntry, User } from '../../../client/index.ts'
import { languages } from '../../../src/domain/languages.ts'
import { auth } from '../client.ts'
import { confirmed, withPassword } from '../dialogs.ts'
import { byId, make, toast, toastNext } from '../dom.ts'
import { deviceName, eventName } from '../events.ts'
import { onPress, onSubmit, pageError } from '../forms.ts'
import { fillAvatar, nameOf } from '../people.ts'
import { Cancelled } from '../refusal.ts'
import { time } from '../times.ts'
import { tag, word } from '../words.ts'
import { mailError, mailKind, mailState } from './mail-words.ts'
import { badges, entry, factsOf, fill, type People, personOf } from './show.ts'
import { showFactors } from './user-factors.ts'

const id = decodeURIComponent(location.hash.slice(1))
const button = (name: string) => byId<HTMLButtonElement>(name)
let user: User

const locale = byId<HTMLSelectElement>('edit-locale')
const languageNames = new Intl.DisplayNames(tag, { type: 'language' })
locale.append(...languages.map((one) => make('option', { value: one }, languageNames.of(one) ?? one)))

const showUser = (now: User) => {
  user = now
  fillAvatar(byId('avatar'), user)
  byId('name').textContent = nameOf(user)
  byId('email').textContent = user.name === null ? '' : user.email
  byId('badges').replaceChildren(...badges(user))
  byId('pending').textContent = user.pending_email ?? '–'
  byId('phone').textContent = user.phone ?? '–'
  byId('created').textContent = time(user.created_at)
  byId('last').textContent = user.last_login_at ? time(user.last_login_at) : word('console.never')
  byId('external').textContent = user.external_id ?? '–'
  byId('id').textContent = user.id
  byId<HTMLInputElement>('edit-email').value = user.email
  byId<HTMLInputElement>('edit-name').value = user.name ?? ''
  locale.value = user.locale ?? ''
  byId<HTMLFieldSetElement>('edit-fields').disabled = false
  button('role').textContent = user.role === 'admin' ? word('console.user.make_user') : word('console.user.make_admin')
  button('status').textContent = user.status === 'active' ? word('console.user.disable') : word('console.user.enable')
  button('verified').hidden = user.email_verified
  button('factors-reset').hidden = !user.second_factor
  for (const name of ['role', 'status', 'verified', 'reset', 'factors-reset', 'delete']) button(name).disabled = false
  byId('user').removeAttribute('aria-busy')
}

const showSessions = async () => {
  const { sessions } = await auth.admin.listUserSessions({ id })
  const entries = sessions.map((session) => {
    const { city, country, ip, last_used_at } = session
    const place = [city, country, ip].filter(Boolean).join(', ') || word('device.unknown_place')
    return entry(deviceName(session), word('device.used', { place, time: time(last_used_at) }))
  })
  fill('sessions', entries, word('console.user.no_sessions'))
  button('sessions-action').hidden = entries.length === 0
}

const showMails = async () => {
  const { mails } = await auth.admin.listMails({ user: id, per_page: 20 })
  const entries = mails.map((mail) => {
    const facts = [time(mail.created_at), mail.email, ...(mail.error ? [mailError(mail.error)] : [])]
    return entry(mailKind(mail.kind), facts.join(' · '), mailState(mail.state))
  })
  fill('mails', entries, word('console.mails.none'))
}

let older: string | null = null

const showTimeline = async (more: boolean) => {
  const page = await auth.admin.listAudit({
    user: id,
    names: 'true',
    per_page: 25,
    ...(more && older && { cursor: older }),
  })
  older = page.next_cursor
  const people: People = new Map((page.users ?? []).map((one) => [one.id, one]))
  const entries = page.entries.map((one: AuditEntry) => {
    const actor = one.actor_id
      ? [make('p', { class: 'small' }, `${word('console.audit.by')} `, personOf(one.actor_id, people))]
      : []
    const facts = factsOf(one)
    const seen = [time(one.at), one.ip ?? ''].filter(Boolean).join(' · ')
    return entry(eventName(one.event), make('span', {}, seen, facts.length > 0 ? ' · ' : '', ...facts), ...actor)
  })
  if (more) byId('timeline').append(...entries)
  else fill('timeline', entries, word('console.audit.none'))
  byId('older').hidden = older === null
}

const changed = async (next: User, text: string) => {
  showUser(next)
  await Promise.all([showSessions(), showTimeline(false)])
  toast(text)
}

const factors = showFactors(id, async () => changed(await auth.admin.getUser({ id }), word('console.user.changed')))

const does = (name: string, act: () => Promise<unknown>) => onPress(button(name), act)

does('role', async () => {
  const role = user.role === 'admin' ? 'user' : 'admin'
  const title = role === 'admin' ? word('console.user.make_admin') : word('console.user.make_user')
  const text = role === 'admin' ? word('console.user.make_admin_text') : word('console.user.make_user_text')
  await confirmed({ title: `${title}: ${nameOf(user)}`, text, action: title })
  await changed(await withPassword(() => auth.admin.setRole({ id, role })), word('console.user.changed'))
})

does('status', async () => {
  const status = user.status === 'active' ? 'disabled' : 'active'
  const title = word('console.user.disable')
  if (status === 'disabled')
    await confirmed({
      title: `${title}: ${nameOf(user)}`,
      text: word('console.user.disable_text'),
      action: title,
      bad: true,
    })
  await changed(await withPassword(() => auth.admin.setStatus({ id, status })), word('console.user.changed'))
})

does('verified', async () => {
  const next = await withPassword(() => auth.admin.updateUser({ id, email_verified: true }))
  await changed(next, next.password_dropped ? word('console.user.dropped') : word('console.user.changed'))
  button('status').focus()
})

does('reset', async () => {
  await withPassword(() => auth.admin.requestPasswordReset({ id }))
  toast(word('console.user.reset_done'))
  await showMails()
})

does('factors-reset', async () => {
  const title = word('console.user.remove_factors')
  await confirmed({
    title: `${title}: ${nameOf(user)}`,
    text: word('console.user.remove_factors_text'),
    action: title,
    bad: true,
  })
  await withPassword(() => auth.admin.removeUserFactors({ id }))
  await factors.changed()
})

does('sessions-action', async () => {
  await withPassword(() => auth.admin.endUserSessions({ id }))
  await showSessions()
  toast(word('console.user.ended'))
})

does('delete', async () => {
  const title = word('console.user.delete')
  await confirmed({
    title: `${title}: ${nameOf(user)}`,
    text: word('console.user.delete_text'),
    action: title,
    bad: true,
  })
  await withPassword(() => auth.admin.deleteUser({ id }))
  toastNext(word('console.user.deleted'))
  location.assign('/console/users')
})

onSubmit(byId<HTMLFormElement>('edit'), async ({ email = '', name }) => {
  const change = { ...(email !== user.email && { email }), name: name || null, locale: locale.value || null }
  try {
    await changed(await withPassword(() => auth.admin.updateUser({ id, ...change })), word('console.user.changed'))
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
  }
})

onPress(byId('older'), () => showTimeline(true))

// Another user's id in the fragment is another page.
addEventListener('hashchange', () => location.reload())

auth.admin
  .getUser({ id })
  .then(showUser)
  .then(() => Promise.all([showSessions(), factors.load(), showMails(), showTimeline(false)]))
  .catch((error) => {
    byId('user').hidden = byId('user').hasAttribute('aria-busy')
    pageError(error)
  })
