import { type CallOptions, createPasskey, type Factors, passkeysWork, signalPasskeys } from 'gatehouse-auth'
import { auth } from './client.ts'
import { confirmed, proven, unlessDeclined } from './dialogs.ts'
import { byId, date, make, time, toast } from './dom.ts'
import { onPress, onSubmit, pageError } from './forms.ts'
import { qrCode } from './qr.ts'
import { onceSaved, showCodes } from './recovery-codes.ts'

/** The part of the security page about passkeys, authenticator apps and recovery codes. */

/** A factor, and what differs between the kinds. */
type Entry = {
  id: string
  name: string
  notes: string[]
  /** What its removal does, for the question before it. */
  removal: string
  rename: (name: string) => Promise<unknown>
  remove: (options: CallOptions) => Promise<unknown>
}

const used = (at: string | null) => (at ? `last used ${time(at)}` : 'not used yet')

const appEntry = (app: Factors['totp'][number]): Entry => ({
  id: app.id,
  name: app.name ?? 'Authenticator app',
  notes: [`Added ${date(app.created_at)}`, used(app.last_used_at)],
  removal: 'Its codes no longer count, and your other sessions end. Recovery codes are removed with the last factor.',
  rename: (name) => auth.renameTotp({ id: app.id, name: name || null }),
  remove: (options) => auth.removeTotp({ id: app.id }, options),
})

const passkeyEntry = (passkey: Factors['passkeys'][number]): Entry => ({
  id: passkey.id,
  name: passkey.name,
  notes: [
    `Added ${date(passkey.created_at)}`,
    used(passkey.last_used_at),
    ...(passkey.synced ? [] : ['on one device only']),
    ...(passkey.second_factor_only ? ['asks for the password too'] : []),
  ],
  removal: 'It no longer logs you in, and your other sessions end. Recovery codes are removed with the last factor.',
  rename: (name) => auth.renamePasskey({ id: passkey.id, name }),
  remove: async (options) => signalPasskeys(await auth.removePasskey({ id: passkey.id }, options)),
})

const button = (label: string, { name }: Entry, act: () => Promise<void>) => {
  const attributes = { class: 'button quiet small', type: 'button', 'aria-label': `${label} ${name}` }
  const made = make('button', attributes, label)
  onPress(made, act)
  return made
}

/** Turns an entry into a form for its name. */
const rename = (entry: Entry, item: HTMLElement) => async () => {
  const attributes = { class: 'input', name: 'name', maxlength: '100', value: entry.name }
  const input = make('input', { ...attributes, 'aria-label': `Name of ${entry.name}` })
  const save = make('button', { class: 'button small', type: 'submit' }, 'Save')
  const form = make('form', { class: 'row' }, input, save, make('p', { class: 'form-message note bad', hidden: '' }))
  onSubmit(form, async ({ name = '' }) => {
    await entry.rename(name.trim())
    await load()
    toast('The new name is saved.')
  })
  item.replaceChildren(form)
  input.focus()
}

const remove = (entry: Entry, title: string) => async () => {
  await confirmed({ title: `Remove ${entry.name}?`, text: entry.removal, action: 'Remove', bad: true })
  await proven(entry.remove)
  await load()
  byId(title).focus()
  toast(`${entry.name} was removed. Your other sessions have ended.`)
}

const show = (list: HTMLElement, title: string, entries: Entry[]) => {
  list.replaceChildren(
    ...entries.map((entry) => {
      const name = make('p', {}, make('strong', {}, entry.name))
      const item = make('li', {}, make('div', {}, name, make('p', { class: 'small muted' }, entry.notes.join(' · '))))
      item.append(button('Rename', entry, rename(entry, item)), button('Remove', entry, remove(entry, title)))
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
  byId('codes-left').textContent = `Recovery codes left: ${codes?.left ?? 0}.`
  await loadTrusted()
  await signalPasskeys(held)
}

type Trusted = Awaited<ReturnType<typeof auth.listTrustedDevices>>['trusted_devices'][number]

const trustedEntry = ({ id, name, created_at, last_used_at, expires_at }: Trusted) => {
  const forget = make(
    'button',
    { class: 'button quiet small', type: 'button', 'aria-label': `Ask again on ${name}` },
    'Ask again',
  )
  onPress(forget, async () => {
    await auth.forgetTrustedDevice({ id })
    await loadTrusted()
    byId(byId('trusted').hidden ? 'factors-title' : 'trusted-title').focus()
    toast('The next log-in on that device asks for the second factor.')
  })
  const notes = [`Trusted since ${date(created_at)}, until ${date(expires_at)}`, used(last_used_at)]
  const text = make(
    'div',
    {},
    make('p', {}, make('strong', {}, name)),
    make('p', { class: 'small muted' }, notes.join(' · ')),
  )
  return make('li', {}, text, forget)
}

const loadTrusted = async () => {
  const { trusted_devices: devices } = await auth.listTrustedDevices()
  byId('trusted-devices').replaceChildren(...devices.map(trustedEntry))
  byId('trusted').hidden = devices.length === 0
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
  byId('add-app').hidden = true
  byId('app-name').focus()
})
onPress(byId<HTMLButtonElement>('stop-enrol'), async () => {
  stop()
  await load()
  byId('add-app').focus()
})

onSubmit(form, async ({ code = '', name = '' }) => {
  const given = { enrolment, code, ...(name && { name }) }
  const added = await proven((options) => auth.confirmTotp(given, options))
  stop()
  await load()
  if (added.recovery_codes) showCodes(added.recovery_codes)
  else toast('The app was added. Your other sessions have ended.')
})

onPress(byId<HTMLButtonElement>('add-passkey'), async () => {
  const added = await proven((options) => unlessDeclined(createPasskey(auth, {}, options)))
  await load()
  byId('passkeys-title').focus()
  toast('The passkey was added. Your other sessions have ended.')
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

onceSaved(() => byId('factors-title').focus())

load().catch(pageError)
