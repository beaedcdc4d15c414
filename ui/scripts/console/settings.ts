import { auth } from '../client.ts'
import { byId, make } from '../dom.ts'
import { pageError } from '../forms.ts'
import { word } from '../words.ts'
import { day } from './show.ts'

/** Returns the day on which our commands made a key: its id begins with it. */
const madeOn = (id: string): string => {
  const [, year, month, date] = /^(\d\d)(\d\d)(\d\d)-/.exec(id) ?? []
  const iso = `20${year}-${month}-${date}`
  return year && !Number.isNaN(Date.parse(iso)) ? ` (${day(iso)})` : ''
}

const facts = (place: string, entries: [string, string][]) =>
  byId(place).replaceChildren(
    ...entries.flatMap(([name, value]) => [make('dt', {}, make('code', {}, name)), make('dd', {}, value || '–')]),
  )

const load = async () => {
  const { version, settings, advice, keys } = await auth.admin.getSettings()
  const items = advice.length > 0 ? advice : [word('console.settings.none')]
  byId('advice').replaceChildren(...items.map((text) => make('li', {}, text)))
  byId('advice').removeAttribute('aria-busy')
  byId('version').textContent = word('console.settings.version', { version })
  facts('values', Object.entries(settings))
  facts(
    'keys',
    Object.entries(keys).map(([name, ids]) => [name, ids.map((id) => id + madeOn(id)).join(', ')]),
  )
}

load().catch(pageError)
