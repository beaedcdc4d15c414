import { marksOfTabs } from '../../client/marks.ts'
import { enrolPasskey, passkeysWork } from '../../client/passkeys.ts'
import { authenticatorName } from './authenticators.ts'
import { byId, show, toast, toastNext } from './dom.ts'
import { clear, onPress, onSubmit, refuse } from './forms.ts'
import { showKey } from './new-app.ts'
import { post } from './post.ts'
import { keepCodes, listCodes } from './recovery-codes.ts'
import { Cancelled, Refusal } from './refusal.ts'
import { goOn } from './return-to.ts'
import { word } from './words.ts'

/** A log-in that first adds the second factor that its account needs. A cookie has the challenge of each step. */

const forms = {
  mail: byId<HTMLFormElement>('mail'),
  mailed: byId<HTMLFormElement>('mailed'),
  choose: byId<HTMLFormElement>('choose'),
  app: byId<HTMLFormElement>('enrol'),
}
/** The buttons for the kinds of factors that this service offers; the page has no others. */
const [passkey, app] = [document.getElementById('passkey'), document.getElementById('app')]
const withPasskeys = passkey !== null && passkeysWork()

/** Runs a step. If it took too long, the log-in begins again. */
const step = async <T>(act: () => Promise<T>): Promise<T> => {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'invalid_token') throw error
    toastNext(word('page.sign_in.expired'))
    location.assign(`/sign-in${location.search}`)
    throw new Cancelled()
  }
}

const sendMail = () => step(() => post('/api/auth/login/enrol/mail', {}))

onSubmit(forms.mail, async () => {
  await sendMail()
  show('mailed')
  byId('mail_code').focus()
})

onPress(
  byId('mail-again'),
  async () => {
    await sendMail()
    toast(word('page.enrol.mailed_again'))
    byId('mail_code').focus()
  },
  (error) => refuse(forms.mailed, error),
)

/** What the server returned for the app that is being added; it is sent with the first code. */
let enrolment = ''

const begin = (type: 'totp' | 'passkey', fields: object = {}) =>
  step(() => post('/api/auth/login/enrol/options', { type, ...fields }))

const beginApp = async (fields: object = {}) => {
  const begun = (await begin('totp', fields)) as { enrolment: string; secret: string; otpauth_uri: string }
  enrolment = begun.enrolment
  showKey(begun)
}

const chooseOrAddApp = () => {
  clear(forms.choose)
  if (withPasskeys || !app) return show('choose')
  byId('back').hidden = true
  show('app')
}

onSubmit(forms.mailed, async (fields) => {
  // The code is used up by the first request for options, whatever kind of factor they are for.
  if (app) await beginApp(fields)
  else await begin('passkey', fields)
  chooseOrAddApp()
})

const added = (reply: object) => {
  const { user, recovery_codes = [] } = reply as { user?: { id: string }; recovery_codes?: string[] }
  // Tells other tabs who logs in, because they may still show the data of whoever was logged in before.
  marksOfTabs('gatehouse /', () => {}).write(user?.id)
  listCodes(recovery_codes)
  show('codes')
}

const addPasskey = async () => {
  const service = {
    beginEnrolment: (body: object) => post('/api/auth/login/enrol/options', body),
    enrol: (body: object) => post('/api/auth/login/enrol', body),
  } as Parameters<typeof enrolPasskey>[0]
  try {
    added(await step(() => enrolPasskey(service, { name: authenticatorName })))
  } catch (error) {
    // The user declined, or gave no answer in time.
    if (!(error instanceof DOMException) || !['NotAllowedError', 'AbortError'].includes(error.name)) throw error
  }
}

if (passkey) {
  passkey.hidden = !withPasskeys
  byId('passkey-text').hidden = !withPasskeys
  onPress(
    passkey,
    () => {
      clear(forms.choose)
      return addPasskey()
    },
    (error) => refuse(forms.choose, error),
  )
}
const noWay = document.getElementById('no-way')
if (noWay) noWay.hidden = withPasskeys

app?.addEventListener('click', () => show('app'))
byId('back').addEventListener('click', () => show('choose'))

onSubmit(forms.app, async ({ code = '', name = '' }) => {
  const given = { enrolment, code, ...(name && { name }) }
  added(await step(() => post('/api/auth/login/enrol', given)))
})

keepCodes(goOn)
