import { enrolPasskey, passkeysWork } from 'gatehouse-auth'
import { auth } from './client.ts'
import { unlessDeclined } from './dialogs.ts'
import { byId, toast } from './dom.ts'
import { onSubmit, showError } from './forms.ts'
import { qrCode } from './qr.ts'
import { onceSaved, showCodes } from './recovery-codes.ts'

/** The steps of `Enrol.astro`. The challenge is in a cookie, so the page need not keep it. */

const byMail = byId<HTMLFormElement>('enrol-mail')
const byApp = byId<HTMLFormElement>('enrol-app')
let methods: string[] = []
let enrolment = ''

const title = (text: string) => {
  byId('heading').textContent = text
  byId('heading').focus()
}

/** @param asked what the log-in said that can be added */
export const startEnrolment = async (asked: string[], goOn: () => void) => {
  methods = asked
  onceSaved(goOn)
  await auth.mailEnrolmentCode({})
  byId('enrolment').hidden = false
  title('Add a second factor')
  byId('enrol-mail-code').focus()
}

byId('enrol-mail-again').addEventListener('click', async () => {
  try {
    await auth.mailEnrolmentCode({})
    toast('Another code is on its way.')
  } catch (error) {
    showError(byMail, error)
  }
})

onSubmit(byMail, async ({ mail_code = '' }) => {
  const app = methods.includes('totp')
  const begun = await auth.beginEnrolment({ type: app ? 'totp' : 'passkey', mail_code })
  byMail.hidden = true
  byId('enrol-factor').hidden = false
  byId('enrol-passkey').hidden = !(methods.includes('passkey') && passkeysWork())
  byApp.hidden = !app
  if ('secret' in begun) {
    byId('qr').replaceChildren(qrCode(begun.otpauth_uri))
    byId('secret').textContent = begun.secret.replace(/.{4}(?!$)/g, '$& ')
    enrolment = begun.enrolment
  }
  title('Choose your second factor')
})

const added = (codes: string[]) => {
  byId('enrol-factor').hidden = true
  title('You are almost there')
  showCodes(codes)
}

onSubmit(byApp, async ({ code = '' }) => added((await auth.enrol({ enrolment, code })).recovery_codes ?? []))

byId('make-passkey').addEventListener('click', async () => {
  try {
    added((await unlessDeclined(enrolPasskey(auth, {}))).recovery_codes ?? [])
  } catch (error) {
    showError(byApp.hidden ? byMail : byApp, error)
  }
})
