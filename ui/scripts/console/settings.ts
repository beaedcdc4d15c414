import { auth } from '../client.ts'
import { byId, make } from '../dom.ts'
import { pageError } from '../forms.ts'
import { badge } from '../people.ts'
import { time } from '../times.ts'
import { tag, word } from '../words.ts'
import { cronState } from './cron.ts'
import { day } from './show.ts'

/**
 * Returns the day on which our commands made a key: the id of the key begins with this day. The signs around it keep its
 * parts in order where text runs to the left.
 */
const madeOn = (id: string): string => {
  const [, year, month, date] = /^(\d\d)(\d\d)(\d\d)-/.exec(id) ?? []
  const iso = `20${year}-${month}-${date}`
  return year && !Number.isNaN(Date.parse(iso)) ? ` (\u2068${day(iso)}\u2069)` : ''
}

type Fact = [name: Node | string, value: Node | string]

const facts = (place: string, entries: Fact[]) =>
  byId(place).replaceChildren(...entries.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]))

const named = <T>(values: Record<string, T>, show: (value: T, name: string) => Node | string): Fact[] =>
  Object.entries(values).map(([name, value]) => [make('code', {}, name), make('bdi', {}, show(value, name) || '–')])

const where = (is: (name: string, value: string) => boolean, settings: Record<string, string>) =>
  named(Object.fromEntries(Object.entries(settings).filter(([name, value]) => is(name, value))), String)

/** When the cron ran, and what failed in it. */
const lastRun = async (): Promise<Fact> => {
  const stats = await auth.admin.getStats({ days: 1 })
  const { late, said } = cronState(stats)
  const { cron_faults: n } = stats
  const faults = n > 0 ? badge(word('console.cron.faults', { n }), 'bad') : ''
  return [
    word('console.cron.title'),
    make('span', {}, `${said} `, late ? badge(word('console.cron.late'), 'bad') : '', faults),
  ]
}

/** Milliseconds after which a due mail is late, as for the alert. */
const lateMs = 15 * 60_000

/** The cron sends due mails every minute. So a late mail shows that the cron does not run. */
const nextMail = async (): Promise<Fact> => {
  const { mails } = await auth.admin.listMails({ state: 'waiting', per_page: 1 })
  const due = mails[0]?.next_attempt_at
  const late = due && Date.now() - Date.parse(due) > lateMs
  const said = due ? time(due) : word('console.mails.none')
  return [
    word('console.settings.next_mail'),
    late ? make('span', {}, `${said} `, badge(word('console.cron.late'), 'bad')) : said,
  ]
}

const load = async () => {
  const [{ version, settings, advice, keys, secrets, bindings }, next, ran] = await Promise.all([
    auth.admin.getSettings(),
    nextMail(),
    lastRun(),
  ])
  const items = advice.length > 0 ? advice : [word('console.settings.none')]
  byId('advice').replaceChildren(
    ...items.map((text) => make('li', {}, make('bdi', { lang: advice.length > 0 ? 'en' : tag }, text))),
  )
  byId('advice').removeAttribute('aria-busy')
  byId('version').textContent = word('console.settings.version', { version })
  const isLimit = (name: string) => name.startsWith('LIMIT_')
  const isLink = (_: string, value: string) => value.includes('{token}')
  facts(
    'values',
    where((name, value) => !isLimit(name) && !isLink(name, value), settings),
  )
  facts('links', where(isLink, settings))
  facts('limits', where(isLimit, settings))
  facts(
    'secrets',
    named(secrets, (set, name) => {
      const ids = keys[name]?.map((id) => id + madeOn(id)).join(', ')
      return ids || (set ? word('console.settings.set') : word('console.settings.not_set'))
    }),
  )
  facts('bindings', [
    ...named(bindings, (there) => (there ? word('console.settings.there') : word('console.settings.missing'))),
    ran,
    next,
  ])
}

load().catch((error) => {
  byId('advice').replaceChildren()
  byId('advice').removeAttribute('aria-busy')
  pageError(error)
})
