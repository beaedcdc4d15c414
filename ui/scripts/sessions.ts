import type { Session } from '../../client/index.ts'
import { auth } from './client.ts'
import { confirmed } from './dialogs.ts'
import { byId, make, toast } from './dom.ts'
import { deviceName } from './events.ts'
import { onPress, pageError } from './forms.ts'
import { badge, showConsoleLink } from './people.ts'
import { time } from './times.ts'
import { word } from './words.ts'

const placeOf = ({ city, country, ip }: Session) =>
  [city, country, ip].filter(Boolean).join(', ') || word('device.unknown_place')

const entry = (session: Session) => {
  const [name, place] = [deviceName(session), placeOf(session)]
  const used = word('device.used', { place, time: time(session.last_used_at) })
  const own = session.current ? [badge(word('page.sessions.this_one'), 'good')] : []
  const facts = make(
    'div',
    {},
    make('p', { class: 'row' }, make('strong', {}, name), ...own),
    make('p', { class: 'small muted' }, used),
  )
  if (session.current) return make('li', {}, facts)
  const label = word('page.sessions.end_name', { name, place })
  const end = make(
    'button',
    { class: 'button quiet small', type: 'button', 'aria-label': label },
    word('page.sessions.end'),
  )
  onPress(end, async () => {
    await auth.endSession({ id: session.id })
    await load()
    byId('heading').focus()
    toast(word('page.sessions.ended'))
  })
  return make('li', {}, facts, end)
}

const others = byId<HTMLButtonElement>('end-others')

const load = async () => {
  const { sessions } = await auth.listSessions()
  const list = byId('sessions')
  list.replaceChildren(...sessions.map(entry))
  if (sessions.length === 1)
    list.append(make('li', {}, make('p', { class: 'muted small' }, word('page.sessions.nowhere_else'))))
  list.removeAttribute('aria-busy')
  others.disabled = sessions.length === 1
}

onPress(others, async () => {
  await confirmed({
    title: word('page.sessions.question'),
    text: word('page.sessions.warning'),
    action: word('page.sessions.end_others'),
    bad: true,
  })
  await auth.endOtherSessions()
  await load()
  byId('heading').focus()
  toast(word('page.sessions.all_ended'))
})

load().catch((error) => {
  byId('sessions').replaceChildren()
  pageError(error)
})
auth.getProfile().then(showConsoleLink).catch(pageError)
