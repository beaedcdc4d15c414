import { marksOfTabs } from '../../client/marks.ts'
import { carryAddress } from './address.ts'
import { byId, show, showPendingToast, toast, toastNext } from './dom.ts'
import { clear, type Fields, onPress, onSubmit, refuse } from './forms.ts'
import { logInWithPasskey, passkeysFillFields, passkeysWork } from './passkeys.ts'
import { post } from './post.ts'
import { Refusal } from './refusal.ts'
import { goOn } from './return-to.ts'
import { word } from './words.ts'

const first = byId<HTMLFormElement>('first')
const second = byId<HTMLFormElement>('second')
const passkey = document.getElementById('passkey')
const email = byId<HTMLInputElement>('email')

/** The wait for a passkey that the user chooses in the field for the address. */
let waiting = new AbortController()

const stopWaiting = () => {
  waiting.abort()
  waiting = new AbortController()
  return waiting.signal
}

/** Other tabs may show the data of whoever was logged in there before. This tells them. */
const tabs = marksOfTabs('gatehouse /', () => {})

const done = (reply: object) => {
  tabs.write((reply as { user?: { id: string } }).user?.id)
  goOn()
}

const help = (error: unknown) => {
  const code = error instanceof Refusal ? error.code : ''
  byId('unverified').hidden = code !== 'invalid_credentials'
  byId('locked').hidden = code !== 'rate_limited'
}

const byPasskey = async (form: HTMLFormElement, wish: { second?: boolean; inField?: boolean }, signal: AbortSignal) => {
  try {
    const reply = await logInWithPasskey({ ...wish, signal })
    if (reply) done(reply)
  } catch (error) {
    // If the browser cannot wait for a passkey after all, nothing is shown: the user has pressed nothing.
    if (error instanceof Refusal ? error.code !== 'not_found' : !wish.inField) refuse(form, error)
  }
}

const ask = (byRecovery: boolean) => {
  clear(second)
  byId('by-recovery').hidden = !byRecovery
  byId('by-code').hidden = byRecovery
  byId('other-way').textContent = byRecovery ? word('page.sign_in.use_code') : word('page.sign_in.use_recovery')
}

const askForFactor = (methods: string[]) => {
  stopWaiting()
  show('second')
  const [usable, app] = [methods.includes('passkey') && passkeysWork(), methods.includes('totp')]
  byId('second-passkey').hidden = !usable
  ask(!app)
  byId('other-way').hidden = !app
  byId(usable ? 'second-passkey' : app ? 'code' : 'recovery_code').focus()
}

onSubmit(first, async ({ email = '', password = '' }) => {
  help(undefined)
  try {
    done(await post('/api/auth/login', { email, password }))
  } catch (error) {
    if (error instanceof Refusal && error.code === 'second_factor_required') return askForFactor(error.methods)
    help(error)
    throw error
  }
})

onPress(
  byId('send-again'),
  async () => {
    await post('/api/auth/resend-verification', { email: email.value })
    help(undefined)
    toast(word('page.sign_in.sent'))
    email.focus()
  },
  (error) => refuse(first, error),
)

const byCode = async (fields: Fields) => {
  try {
    return await post('/api/auth/login/code', fields)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'invalid_token') throw error
    show('first')
    toast(word('page.sign_in.expired'))
  }
}

onSubmit(second, async (fields) => {
  const reply = await byCode(fields)
  if (!reply) return
  const { recovery_codes_left: left } = reply as { recovery_codes_left?: number }
  if (left !== undefined) toastNext(word('page.sign_in.codes_left', { n: left }))
  done(reply)
})

const mailed = byId<HTMLFormElement>('mailed')

/** The challenge that binds the mail to this browser is in a cookie. */
const askForMail = () => post('/api/auth/login/mail', { email: email.value })

const byMail = document.getElementById('by-mail')
if (byMail)
  onPress(
    byMail,
    async () => {
      help(undefined)
      if (!email.validity.valid) return email.reportValidity()
      stopWaiting()
      await askForMail()
      show('mailed')
      byId('mail_code').focus()
    },
    (error) => refuse(first, error),
  )

onPress(
  byId('mail-again'),
  async () => {
    await askForMail()
    toast(word('page.sign_in.mailed_again'))
  },
  (error) => refuse(mailed, error),
)

onSubmit(mailed, async ({ mail_code: code = '' }) => {
  try {
    done(await post('/api/auth/login/mail/code', { code }))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'second_factor_required') return askForFactor(error.methods)
    if (error.code !== 'invalid_token') throw error
    show('first')
    toast(word('page.sign_in.expired'))
  }
})

byId('other-way').addEventListener('click', () => {
  const byRecovery = byId('by-recovery').hidden === true
  ask(byRecovery)
  second.reset()
  byId(byRecovery ? 'recovery_code' : 'code').focus()
})

byId('second-passkey').addEventListener('click', () => {
  void byPasskey(second, { second: true }, stopWaiting())
})

if (passkey && passkeysWork()) {
  passkey.hidden = false
  passkey.addEventListener('click', () => void byPasskey(first, {}, stopWaiting()))
  passkeysFillFields().then((fill) => {
    if (fill) void byPasskey(first, { inField: true }, waiting.signal)
  })
}

carryAddress()
showPendingToast()
