import type { Factors } from 'gatehouse-auth'
import { auth } from './client.ts'
import { confirmed, proven } from './dialogs.ts'
import { byId, date, make, time, toast } from './dom.ts'
import { onPress, onSubmit, pageError } from './forms.ts'
import { qrCode } from './qr.ts'

/** The part of the security page about authenticator apps and recovery codes. */

type App = Factors['totp'][number]

const nameOf = (app: App) => app.name ?? 'Authenticator app'

const button = (app: App, label: string, act: () => Promise<void>) => {
  const made = make(
    'button',
    { class: 'button quiet small', type: 'button', 'aria-label': `${label} ${nameOf(app)}` },
    label,
  )
  onPress(made, act)
  return made
}

/** Turns the entry of an app into a form for its name. */
const rename = (app: App, item: HTMLElement) => async () => {
  const attributes = { class: 'input', name: 'name', maxlength: '100', value: app.name ?? '' }
  const input = make('input', { ...attributes, 'aria-label': `Name of ${nameOf(app)}` })
  const save = make('button', { class: 'button small', type: 'submit' }, 'Save')
  const form = make('form', { class: 'row' }, input, save, make('p', { class: 'form-message note bad', hidden: '' }))
  onSubmit(form, async ({ name = '' }) => {
    await auth.renameTotp({ id: app.id, name: name.trim() || null })
    await load()
    toast('The app has a new name.')
  })
  item.replaceChildren(form)
  input.focus()
}

const remove = (app: App) => async () => {
  await confirmed({
    title: `Remove ${nameOf(app)}?`,
    text: 'Its codes no longer count, and your other sessions end. Recovery codes go with the last app.',
    action: 'Remove',
    bad: true,
  })
  await proven((options) => auth.removeTotp({ id: app.id }, options))
  await load()
  byId('factors-title').focus()
  toast('The app was removed. Your other sessions have ended.')
}

const entry = (app: App) => {
  const used = app.last_used_at ? `last used ${time(app.last_used_at)}` : 'not used yet'
  const item = make(
    'li',
    {},
    make(
      'div',
      {},
      make('p', {}, make('strong', {}, nameOf(app))),
      make('p', { class: 'small muted' }, `Added ${date(app.created_at)} · ${used}`),
    ),
  )
  item.append(button(app, 'Rename', rename(app, item)), button(app, 'Remove', remove(app)))
  return item
}

const load = async () => {
  const { totp, recovery_codes: codes } = await auth.listFactors()
  const list = byId('apps')
  list.replaceChildren(...totp.map(entry))
  list.removeAttribute('aria-busy')
  byId('add-app').hidden = totp.length >= 2
  byId('new-codes').hidden = totp.length === 0
  byId('codes-left').hidden = totp.length === 0
  byId('codes-left').textContent = `Recovery codes left: ${codes?.left ?? 0}.`
}

const showCodes = (codes: string[]) => {
  byId('code-list').replaceChildren(...codes.map((code) => make('li', {}, make('code', {}, code))))
  byId('codes').hidden = false
  byId('codes-title').focus()
}

const form = byId<HTMLFormElement>('enrol')
let enrolment = ''

const stop = () => {
  form.reset()
  form.hidden = true
  enrolment = ''
  byId('qr').replaceChildren()
  byId('secret').textContent = ''
}

onPress(byId<HTMLButtonElement>('add-app'), async () => {
  const begun = await auth.beginTotp()
  enrolment = begun.enrolment
  byId('qr').replaceChildren(qrCode(begun.otpauth_uri))
  byId('secret').textContent = begun.secret.replace(/.{4}(?!$)/g, '$& ')
  form.hidden = false
  byId('app-name').focus()
})
byId('stop-enrol').addEventListener('click', stop)

onSubmit(form, async ({ code = '', name = '' }) => {
  const given = { enrolment, code, ...(name && { name }) }
  const added = await proven((options) => auth.confirmTotp(given, options))
  stop()
  await load()
  toast('The app was added. Your other sessions have ended.')
  if (added.recovery_codes) showCodes(added.recovery_codes)
})

onPress(byId<HTMLButtonElement>('new-codes'), async () => {
  await confirmed({
    title: 'Make new recovery codes?',
    text: 'The earlier ones no longer work.',
    action: 'Make new codes',
  })
  const { recovery_codes: codes } = await proven((options) => auth.replaceRecoveryCodes({}, options))
  await load()
  showCodes(codes)
})

const texts = () => [...byId('code-list').children].map((item) => item.textContent)

byId('download-codes').addEventListener('click', () => {
  const text = `Recovery codes for ${location.host}. Each works once.\n\n${texts().join('\n')}\n`
  const href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  make('a', { href, download: 'recovery-codes.txt' }).click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
})
byId('print-codes').addEventListener('click', () => print())
byId('hide-codes').addEventListener('click', () => {
  byId('codes').hidden = true
  byId('code-list').replaceChildren()
  byId('factors-title').focus()
})

load().catch(pageError)
