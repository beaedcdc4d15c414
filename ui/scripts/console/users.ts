import type { User } from '../../../client/index.ts'
import { auth } from '../client.ts'
import { byId, make, toast } from '../dom.ts'
import { onPress } from '../forms.ts'
import { fillAvatar, nameOf } from '../people.ts'
import { time } from '../times.ts'
import { word } from '../words.ts'
import { csv } from './csv.ts'
import { everyPage, save } from './download.ts'
import { filters, listing } from './listing.ts'
import { badges, cell, day, linkTo, number } from './show.ts'

let cursor: string | null = null

const row = (user: User) => {
  const avatar = make('span', { class: 'avatar small' })
  fillAvatar(avatar, user)
  const address = user.name ? [make('div', { class: 'muted' }, user.email)] : []
  const who = make('div', {}, linkTo(user.id, nameOf(user)), ...address)
  const last = user.last_login_at ? time(user.last_login_at) : word('console.never')
  return make(
    'tr',
    {},
    cell('', make('div', { class: 'who' }, avatar, who)),
    cell(word('console.users.state'), make('span', {}, ...badges(user))),
    cell(word('console.users.created'), make('span', { class: 'nowrap' }, day(user.created_at))),
    cell(word('console.users.last'), make('span', { class: 'nowrap' }, last)),
  )
}

listing<User>({
  read: async (more, signal) => {
    const found = await auth.admin.listUsers(
      { ...filters(), per_page: 25, ...(more && cursor && { cursor }) },
      { signal },
    )
    cursor = found.next_cursor
    const total = number(found.total)
    byId('found').textContent = found.total_is_exact
      ? word('console.users.total', { n: found.total })
      : word('console.users.more_than', { total })
    return { items: found.users, next: cursor }
  },
  row,
})

onPress(byId('export'), async () => {
  const users = await everyPage<User>(async (next) => {
    const page = await auth.admin.listUsers({ ...filters(), per_page: 100, ...(next && { cursor: next }) })
    return { rows: page.users, next: page.next_cursor }
  })
  const head = ['id', 'email', 'name', 'phone', 'role', 'status', 'email_verified', 'created_at', 'last_login_at']
  const rows = users.map((user) => [
    ...[user.id, user.email, user.name, user.phone, user.role, user.status],
    ...[`${user.email_verified}`, user.created_at, user.last_login_at],
  ])
  save('users.csv', 'text/csv', csv([head, ...rows]))
  toast(word('console.exported', { n: users.length }))
})
