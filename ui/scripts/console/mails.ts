import { auth } from '../client.ts'
import { withPassword } from '../dialogs.ts'
import { all, byId, make, toast } from '../dom.ts'
import { onPress } from '../forms.ts'
import { time } from '../times.ts'
import { word } from '../words.ts'
import { filters, listing } from './listing.ts'
import { mailError, mailKind, mailState } from './mail-words.ts'
import { cell, linkTo } from './show.ts'

type Mail = Awaited<ReturnType<typeof auth.admin.listMails>>['mails'][number]

let cursor: string | null = null

const row = (mail: Mail) => {
  const again = make('button', { type: 'button', class: 'button quiet small' }, word('console.mails.retry'))
  again.hidden = mail.state !== 'failed'
  onPress(again, async () => {
    await withPassword(() => auth.admin.retryMail({ id: mail.id }))
    again.hidden = true
    toast(word('console.mails.retried'))
  })
  const next = mail.next_attempt_at ? [word('console.mails.next', { time: time(mail.next_attempt_at) })] : []
  const why = [...(mail.error ? [mailError(mail.error)] : []), ...next]
  return make(
    'tr',
    {},
    cell(
      '',
      make('div', {}, make('strong', {}, mailKind(mail.kind)), make('div', { class: 'muted' }, time(mail.created_at))),
    ),
    cell(word('console.mails.to'), mail.user_id ? linkTo(mail.user_id, mail.email) : mail.email),
    cell(
      word('console.users.state'),
      make('div', {}, mailState(mail.state), make('div', { class: 'muted' }, why.join(' · '))),
    ),
    cell('', again),
  )
}

listing<Mail>({
  read: async (more, signal) => {
    const query = { ...(filters() as { state: 'failed' | 'waiting' }), per_page: 25 }
    const found = await auth.admin.listMails({ ...query, ...(more && cursor && { cursor }) }, { signal })
    cursor = found.next_cursor
    byId('found').textContent = word('console.mails.counts', { failed: found.failed, waiting: found.waiting })
    return { items: found.mails, next: cursor }
  },
  row,
})

const choice = byId<HTMLFormElement>('choice')

choice.addEventListener('change', () => {
  const chosen = new FormData(choice)
  // A new address in `src` would be a step back for the button of the browser.
  for (const frame of all<HTMLIFrameElement>('[data-part]'))
    frame.contentWindow?.location.replace(
      `/ui/previews/${chosen.get('language')}/${chosen.get('kind')}${frame.dataset.part}`,
    )
})
