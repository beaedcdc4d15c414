import { auth } from './client.ts'
import { proven } from './dialogs.ts'
import { byId, make, toast } from './dom.ts'
import { onPress, onSubmit } from './forms.ts'
import { qrCode } from './qr.ts'
import { word } from './words.ts'

/** Adding an authenticator app, and the recovery codes that come with the first factor. */

/** Milliseconds after which a browser has read the file. */
const keptMs = 60_000

export const showCodes = (codes: string[]) => {
  byId('code-list').replaceChildren(...codes.map((code) => make('li', {}, make('code', {}, code))))
  byId('codes').hidden = false
  byId('codes-title').focus()
}

const keepCodes = () => {
  const texts = () => [...byId('code-list').children].map((item) => item.textContent)
  byId('download-codes').addEventListener('click', () => {
    const text = `${word('page.security.codes_file', { host: location.host })}\n\n${texts().join('\n')}\n`
    const href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    make('a', { href, download: 'recovery-codes.txt' }).click()
    setTimeout(() => URL.revokeObjectURL(href), keptMs)
  })
  byId('print-codes').addEventListener('click', () => print())
  byId('hide-codes').addEventListener('click', () => {
    byId('codes').hidden = true
    byId('code-list').replaceChildren()
    byId('factors-title').focus()
  })
}

/** @param load shows the factors again */
export const enrolWith = (load: () => Promise<void>) => {
  const form = byId<HTMLFormElement>('enrol')
  let enrolment = ''

  const stop = () => {
    form.reset()
    form.hidden = true
    enrolment = ''
    byId('qr').replaceChildren()
    byId('secret').textContent = ''
  }

  onPress(byId('add-app'), async () => {
    const begun = await auth.beginTotp()
    enrolment = begun.enrolment
    byId('qr').replaceChildren(qrCode(begun.otpauth_uri))
    byId<HTMLAnchorElement>('open-app').href = begun.otpauth_uri
    byId('secret').textContent = begun.secret.replace(/.{4}(?!$)/g, '$& ')
    form.hidden = false
    byId('add-app').hidden = true
    byId('app-name').focus()
  })

  onPress(byId('stop-enrol'), async () => {
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
    else toast(word('page.security.app_added'))
  })

  keepCodes()
}
