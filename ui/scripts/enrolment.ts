import { auth } from './client.ts'
import { proven } from './dialogs.ts'
import { byId, toast } from './dom.ts'
import { onPress, onSubmit } from './forms.ts'
import { forgetKey, showKey } from './new-app.ts'
import { keepCodes, listCodes } from './recovery-codes.ts'
import { word } from './words.ts'

/** Adding an authenticator app, and the recovery codes that come with the first factor. */

export const showCodes = (codes: string[]) => {
  listCodes(codes)
  byId('codes').hidden = false
  byId('codes-title').focus()
}

/** @param load shows the factors again */
export const enrolWith = (load: () => Promise<void>) => {
  const form = byId<HTMLFormElement>('enrol')
  let enrolment = ''

  const stop = () => {
    form.reset()
    form.hidden = true
    enrolment = ''
    forgetKey()
  }

  onPress(byId('add-app'), async () => {
    const begun = await auth.beginTotp()
    enrolment = begun.enrolment
    showKey(begun)
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

  keepCodes(() => {
    byId('codes').hidden = true
    byId('factors-title').focus()
  })
}
