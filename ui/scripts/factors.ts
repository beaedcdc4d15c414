import { type CallOptions, createPasskey, type Factors, passkeysWork, signalPasskeys } from '../../client/index.ts'
import { authenticatorName } from './authenticators.ts'
import { auth } from './client.ts'
import { confirmed, proven, unlessDeclined } from './dialogs.ts'
import { byId, make, toast } from './dom.ts'
import { enrolWith, showCodes } from './enrolment.ts'
import { onPress, onSubmit } from './forms.ts'
import { date, time } from './times.ts'
import { word } from './words.ts'

/** The part of the security page about passkeys, authenticator apps and recovery codes. */

/** A factor, and what differs between the kinds. */
type Entry = {
  id: string
  name: string
  notes: string[]
  /** What removing the factor does: the question before the removal says it. */
  removal: string
  rename: (name: string) => Promise<unknown>
  remove: (options: CallOptions) => Promise<unknown>
}

const added = (at: string) => word('page.security.added', { date: date(at) })
const used = (at: string | null) =>
  at ? word('page.security.used', { time: time(at) }) : word('page.security.not_used')

const appEntry = (app: Factors['totp'][number]): Entry => ({
  id: app.id,
  name: app.name ?? word('page.security.app'),
  notes: [added(app.created_at), used(app.last_used_at)],
  removal: word('page.security.remove_app'),
  rename: (name) => auth.renameTotp({ id: app.id, name: name || null }),
  remove: (options) => auth.removeTotp({ id: app.id }, options),
})

const passkeyEntry = (passkey: Factors['passkeys'][number]): Entry => ({
  id: passkey.id,
  name: passkey.name,
  notes: [
    added(passkey.created_at),
    used(passkey.last_used_at),
    ...(passkey.synced ? [] : [word('page.security.one_device')]),
    ...(passkey.second_factor_only ? [word('page.security.password_too')] : []),
  ],
  removal: word('page.security.remove_passkey'),
  rename: (name) => auth.renamePasskey({ id: passkey.id, name }),
  remove: async (options) => signalPasskeys(await auth.removePasskey({ id: passkey.id }, options)),
})

const button = (text: string, label: string, act: () => Promise<void>) => {
  const made = make('button', { class: 'button quiet small', type: 'button', 'aria-label': label }, text)
  onPress(made, act)
  return made
}

/** Turns an entry into a form for its name. */
const rename = (entry: Entry, item: HTMLElement) => async () => {
  const name = word('page.security.name_of', { name: entry.name })
  const attributes = { class: 'input', name: 'name', id: `name-${entry.id}`, maxlength: '100', value: entry.name }
  const input = make('input', { ...attributes, 'aria-label': name })
  const save = make('button', { class: 'button small', type: 'submit' }, word('word.save'))
  const problem = make('p', { class: 'note bad', role: 'alert', 'data-problem': '', hidden: '' })
  const form = make('form', { class: 'row' }, input, save, problem)
  onSubmit(form, async ({ name = '' }) => {
    await entry.rename(name.trim())
    await load()
    toast(word('page.security.renamed'))
  })
  item.replaceChildren(form)
  input.focus()
}

const remove = (entry: Entry, title: string) => async () => {
  const name = { name: entry.name }
  const question = word('page.security.remove_question', name)
  await confirmed({ title: question, text: entry.removal, action: word('word.remove'), bad: true })
  await proven(entry.remove)
  await load()
  byId(title).focus()
  toast(word('page.security.removed', name))
}

const show = (list: HTMLElement, title: string, entries: Entry[]) => {
  list.replaceChildren(
    ...entries.map((entry) => {
      const { name, notes } = entry
      const text = make('p', {}, make('strong', {}, name))
      const item = make('li', {}, make('div', {}, text, make('p', { class: 'small muted' }, notes.join(' · '))))
      const change = button(word('word.rename'), word('page.security.rename_name', { name }), rename(entry, item))
      const drop = button(word('word.remove'), word('page.security.remove_name', { name }), remove(entry, title))
      item.append(make('div', { class: 'row' }, change, drop))
      return item
    }),
  )
}

const load = async () => {
  const held = await auth.listFactors()
  const { totp, passkeys, recovery_codes: codes } = held
  const list = byId('apps')
  show(list, 'factors-title', totp.map(appEntry))
  list.removeAttribute('aria-busy')
  show(byId('passkeys'), 'passkeys-title', passkeys.map(passkeyEntry))
  // The reply has the RP ID only if the service has passkeys.
  byId('passkeys-card').hidden = held.rp_id === undefined && passkeys.length === 0
  byId('add-passkey').hidden = held.rp_id === undefined || !passkeysWork() || passkeys.length >= 10
  byId('add-app').hidden = totp.length >= 2
  const none = totp.length + passkeys.length === 0
  byId('new-codes').hidden = none
  byId('codes-left').hidden = none
  byId('codes-left').textContent = word('page.security.codes_left', { n: codes?.left ?? 0 })
  await signalPasskeys(held)
}

/** Shows the factors, and lets people add and remove them. */
export const showFactors = async () => {
  enrolWith(load)

  onPress(byId('add-passkey'), async () => {
    const made = await proven((options) => unlessDeclined(createPasskey(auth, { name: authenticatorName }, options)))
    await load()
    byId('passkeys-title').focus()
    toast(word('page.security.passkey_added'))
    if (made.recovery_codes) showCodes(made.recovery_codes)
  })

  onPress(byId('new-codes'), async () => {
    await confirmed({
      title: word('page.security.new_codes_question'),
      text: word('page.security.new_codes_warning'),
      action: word('page.security.new_codes_action'),
    })
    const { recovery_codes: codes } = await proven((options) => auth.replaceRecoveryCodes({}, options))
    await load()
    showCodes(codes)
  })

  await load()
}
