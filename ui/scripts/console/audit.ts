import type { AuditEntry } from '../../../client/index.ts'
import { auth } from '../client.ts'
import { byId, make, toast } from '../dom.ts'
import { eventName } from '../events.ts'
import { onPress } from '../forms.ts'
import { time } from '../times.ts'
import { word } from '../words.ts'
import { csv } from './csv.ts'
import { everyPage, save } from './download.ts'
import { filters, listing } from './listing.ts'
import { cell, factsOf, type People, personOf } from './show.ts'

/** Events that only say what admins have looked at. */
const reads = ['user_read', 'users_listed', 'mails_listed', 'audit_read']

type Query = NonNullable<Parameters<typeof auth.admin.listAudit>[0]>

const people: People = new Map()
let cursor: string | null = null

/**
 * Returns the id of the person with this id or address. An address that no user has is returned as it is, and finds no
 * entry.
 */
const idOf = async (text: string): Promise<string> => {
  if (!text.includes('@')) return text
  const { users } = await auth.admin.listUsers({ search: text, per_page: 1 })
  return users[0]?.id ?? text
}

/** Returns the filters as the operation wants them. Days become times, and `to` includes its whole day. */
const query = async () => {
  const { person, from, to, event } = filters()
  const end = to && new Date(Date.parse(to) + 86_400_000).toISOString()
  return {
    ...(event && { event: event as Query['event'] }),
    ...(person && { user: await idOf(person.trim()) }),
    ...(from && { from: new Date(from).toISOString() }),
    ...(end && { to: end }),
  }
}

const isShown = ({ event }: AuditEntry, wanted: string | undefined) =>
  wanted !== undefined || byId<HTMLInputElement>('reads').checked || !reads.includes(event)

const row = (entry: AuditEntry) => {
  const facts = factsOf(entry)
  const by =
    entry.actor_id && entry.actor_id !== entry.user_id
      ? [` ${word('console.audit.by')} `, personOf(entry.actor_id, people)]
      : []
  return make(
    'tr',
    {},
    cell(word('console.audit.when'), make('span', { class: 'nowrap' }, time(entry.at))),
    cell(
      word('console.audit.what'),
      make(
        'div',
        {},
        make('strong', {}, eventName(entry.event)),
        ...(facts.length > 0 ? [make('div', { class: 'muted' }, ...facts)] : []),
      ),
    ),
    cell(word('console.audit.whom'), make('div', {}, personOf(entry.user_id, people), ...by)),
    cell(word('console.audit.where'), make('span', { class: 'address' }, entry.ip ?? '–')),
  )
}

const reload = listing<AuditEntry>({
  read: async (more, signal) => {
    const asked = await query()
    const page = await auth.admin.listAudit(
      { ...asked, names: 'true', per_page: 50, ...(more && cursor && { cursor }) },
      { signal },
    )
    for (const one of page.users ?? []) people.set(one.id, one)
    cursor = page.next_cursor
    byId('found').textContent = page.complete_from
      ? word('console.audit.archived', { time: time(page.complete_from) })
      : word('console.audit.newest')
    return { items: page.entries.filter((entry) => isShown(entry, asked.event)), next: cursor }
  },
  row,
})

byId('reads').addEventListener('change', reload)

const everything = async () => {
  const asked = await query()
  return everyPage<AuditEntry>(async (next) => {
    const page = await auth.admin.listAudit({ ...asked, names: 'true', per_page: 100, ...(next && { cursor: next }) })
    for (const one of page.users ?? []) people.set(one.id, one)
    return { rows: page.entries, next: page.next_cursor }
  })
}

const exports = (button: string, name: string, type: string, write: (entries: AuditEntry[]) => string) =>
  onPress(byId(button), async () => {
    const entries = await everything()
    save(name, type, write(entries))
    toast(word('console.exported', { n: entries.length }))
  })

exports('ndjson', 'audit.ndjson', 'application/x-ndjson', (entries) =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
)
exports('csv', 'audit.csv', 'text/csv', (entries) => {
  const emailOf = (id: string | null) => (id === null ? null : (people.get(id)?.email ?? null))
  const head = ['id', 'at', 'event', 'user_id', 'user', 'actor_id', 'actor', 'ip', 'user_agent', 'detail', 'count']
  const rows = entries.map((entry) => [
    ...[
      entry.id,
      entry.at,
      entry.event,
      entry.user_id,
      emailOf(entry.user_id),
      entry.actor_id,
      emailOf(entry.actor_id),
    ],
    ...[entry.ip, entry.user_agent, entry.detail && JSON.stringify(entry.detail), entry.count],
  ])
  return csv([head, ...rows])
})
