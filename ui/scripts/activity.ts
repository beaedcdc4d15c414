import type { Api } from '../../client/index.ts'
import { auth } from './client.ts'
import { confirmed } from './dialogs.ts'
import { byId, make, toast } from './dom.ts'
import { deviceName, eventName } from './events.ts'
import { onPress, pageError } from './forms.ts'
import { badge, showConsoleLink } from './people.ts'
import { time } from './times.ts'
import { word } from './words.ts'

type Entry = Api['/api/user/activity']['$get']['output']['entries'][number]

/** Events that do not suggest that a stranger has access to the account. */
const harmless = ['registered', 'email_verified', 'logged_out', 'log_in_failed', 'breach_check_skipped']

let email = ''

/** Takes the account away from whoever else is in it, and mails its owner a link to choose another password. */
const disown = async () => {
  await confirmed({
    title: word('page.activity.question'),
    text: word('page.activity.warning'),
    action: word('page.activity.not_me'),
    bad: true,
  })
  // This also cancels a change of address that is waiting.
  await auth.endOtherSessions()
  await auth.forgotPassword({ email })
  byId('heading').focus()
  toast(word('page.activity.done'))
}

const whoAndWhere = (entry: Entry) =>
  entry.actor_id ? word('page.activity.by_admin') : [deviceName(entry), entry.ip].filter(Boolean).join(', ')

const row = (entry: Entry) => {
  const name = eventName(entry.event)
  const count = entry.count > 1 ? [badge(word('page.activity.times', { n: entry.count }))] : []
  const facts = make(
    'div',
    {},
    make('p', { class: 'row' }, make('strong', {}, name), ...count),
    make('p', { class: 'small muted' }, `${time(entry.at)} · ${whoAndWhere(entry)}`),
  )
  if (entry.actor_id || harmless.includes(entry.event)) return make('li', {}, facts)
  const label = word('page.activity.not_me_name', { event: name, time: time(entry.at) })
  const button = make(
    'button',
    { class: 'button quiet small', type: 'button', 'aria-label': label },
    word('page.activity.not_me'),
  )
  onPress(button, disown)
  return make('li', {}, facts, button)
}

const load = async () => {
  const [{ entries }, user] = await Promise.all([auth.listActivity(), auth.getProfile()])
  email = user.email
  showConsoleLink(user)
  const list = byId('activity')
  const none = make('li', { class: 'muted' }, word('page.activity.nothing'))
  list.replaceChildren(...(entries.length > 0 ? entries.map(row) : [none]))
  list.removeAttribute('aria-busy')
}

load().catch((error) => {
  byId('activity').replaceChildren()
  pageError(error)
})
