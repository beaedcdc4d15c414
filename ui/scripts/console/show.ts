import type { AuditEntry, User } from '../../../client/index.ts'
import { byId, make } from '../dom.ts'
import { badge, nameOf } from '../people.ts'
import { tag, word } from '../words.ts'

/** How the console shows numbers, days, people and entries of the audit. Text stays text: nothing is parsed as HTML. */

const locale = tag === 'en' ? 'en-GB' : tag
const numbers = new Intl.NumberFormat(locale)
const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC', calendar: 'gregory' })

export const number = (value: number) => numbers.format(value)

/** Returns a day as text. The days of the service are those of UTC. */
export const day = (iso: string) => days.format(new Date(iso))

/** The id is in the fragment, so that no log has it. */
export const linkTo = (id: string, text: string) => make('a', { href: `/console/user#${encodeURIComponent(id)}` }, text)

/** What an admin needs to see about a user at a glance. */
export const badges = (user: User): Node[] =>
  [
    user.status === 'disabled'
      ? badge(word('console.state.disabled'), 'bad')
      : user.email_verified
        ? badge(word('console.state.active'), 'good')
        : badge(word('console.state.unverified'), 'waiting'),
    ...(user.role === 'admin' ? [badge(word('console.state.admin'))] : []),
    ...(user.second_factor ? [badge(word('console.state.factor'))] : []),
  ].flatMap((element) => [element, document.createTextNode(' ')])

/** An entry of a list: what it is about, and what else there is to say. */
export const entry = (title: Node | string, facts: Node | string, ...more: Node[]) =>
  make('li', {}, make('div', {}, make('strong', {}, title), make('p', { class: 'small muted' }, facts)), ...more)

/** Shows these entries in a list, or that there are none. */
export const fill = (list: string, entries: Node[], none: string) =>
  byId(list).replaceChildren(...(entries.length > 0 ? entries : [make('li', { class: 'muted' }, none)]))

/** A cell of a table. On a phone, its label stands before it. */
export const cell = (label: string, ...content: (Node | string)[]) =>
  make('td', label ? { 'data-label': label } : {}, ...content)

/** Returns what else an entry says. Names and values of the detail are those of the API, which are English. */
export const factsOf = ({ detail, count }: Pick<AuditEntry, 'detail' | 'count'>): (Node | string)[] => {
  const told = Object.entries(detail ?? {}).filter(([, value]) => value !== null && value !== false)
  const facts = told.map(([name, value]) => {
    const words = name.replaceAll('_', ' ')
    return value === true ? words : `${words}: ${value}`
  })
  return [
    ...(facts.length > 0 ? [make('bdi', { lang: 'en' }, facts.join(', '))] : []),
    ...(facts.length > 0 && count > 1 ? [' · '] : []),
    ...(count > 1 ? [word('console.audit.times', { n: count })] : []),
  ]
}

export type People = Map<string, { id: string; email: string; name: string | null }>

/** Returns who an id stands for: a link to the user, the words for a deleted user, or a dash if there is no id. */
export const personOf = (id: string | null, people: People): Node | string => {
  if (id === null) return '–'
  const known = people.get(id)
  return known ? linkTo(id, nameOf(known)) : word('console.audit.deleted')
}
