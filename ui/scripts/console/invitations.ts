import type { User } from '../../../client/index.ts'
import { auth } from '../client.ts'
import { confirmed, withPassword } from '../dialogs.ts'
import { all, byId, make, toast } from '../dom.ts'
import { onPress, onSubmit, sentence } from '../forms.ts'
import { nameOf } from '../people.ts'
import { Cancelled, isRefusal } from '../refusal.ts'
import { time } from '../times.ts'
import { word } from '../words.ts'
import { listing } from './listing.ts'
import { cell, linkTo } from './show.ts'

/** How many people are invited at once. */
const most = 50

/** Returns address and name of a line. The name may stand before the address, which mail programs put in brackets. */
const parse = (line: string): { email: string; name: string | null } => {
  const [, name = '', email = line] = /^(.*?)\s*<?([^\s<>]+@[^\s<>]+)>?$/.exec(line) ?? []
  return { email, name: name.replaceAll('"', '').trim() || null }
}

let cursor: string | null = null

const row = (user: User) => {
  const again = make('button', { type: 'button', class: 'button quiet small' }, word('console.invitations.again'))
  const remove = make(
    'button',
    { type: 'button', class: 'button quiet bad small' },
    word('console.invitations.take_back'),
  )
  onPress(again, async () => {
    await withPassword(() => auth.admin.requestPasswordReset({ id: user.id }))
    toast(word('console.user.reset_done'))
  })
  onPress(remove, async () => {
    const title = word('console.invitations.take_back')
    await confirmed({
      title: `${title}: ${nameOf(user)}`,
      text: word('console.user.delete_text'),
      action: title,
      bad: true,
    })
    await withPassword(() => auth.admin.deleteUser({ id: user.id }))
    await reload()
    toast(word('console.user.deleted'))
  })
  const address = user.name ? [make('div', { class: 'muted' }, user.email)] : []
  return make(
    'tr',
    {},
    cell('', make('div', {}, linkTo(user.id, nameOf(user)), ...address)),
    cell(word('console.invitations.invited'), time(user.created_at)),
    cell('', make('div', { class: 'row' }, again, remove)),
  )
}

const reload = listing<User>({
  read: async (more, signal) => {
    const found = await auth.admin.listUsers(
      { invited: 'true', per_page: 25, ...(more && cursor && { cursor }) },
      { signal },
    )
    cursor = found.next_cursor
    return { items: found.users, next: cursor }
  },
  row,
})

const people = byId<HTMLTextAreaElement>('people')
const results = byId('people-results')

onSubmit(byId<HTMLFormElement>('invite'), async () => {
  const lines = people.value.split('\n').map((line) => line.trim())
  const given = lines.filter(Boolean).slice(0, most)
  if (given.length === 0) return people.focus()
  const role = byId<HTMLInputElement>('as-admin').checked ? 'admin' : 'user'
  const left: string[] = []
  results.replaceChildren()
  // One after the other, so that the limit of an admin's writes says which ones were too many.
  for (const line of given)
    try {
      await withPassword(() => auth.admin.createUser({ ...parse(line), role }))
      results.append(make('li', {}, word('console.invitations.sent', { email: parse(line).email })))
    } catch (error) {
      left.push(line)
      if (error instanceof Cancelled) break
      const why = isRefusal(error) && error.errors[0] ? error.errors[0].detail : sentence(error)
      results.append(make('li', { class: 'error' }, `${line}: ${why}`))
    }
  people.value = left.join('\n')
  await reload()
})

for (const field of all('#people, #as-admin')) field.dataset.optional = ''
