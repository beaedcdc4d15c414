import { marksOfTabs } from '../../client/marks.ts'
import { carryAddress } from './address.ts'
import { byId, show, showPendingToast, toast } from './dom.ts'
import { onPress, onSubmit, refuse } from './forms.ts'
import { logInWithPasskey, passkeysFillFields, passkeysWork } from './passkeys.ts'
import { post } from './post.ts'
import { Refusal } from './refusal.ts'
import { goOn } from './return-to.ts'
import { prepareSecond } from './second-factor.ts'
import { word } from './words.ts'

const first = byId<HTMLFormElement>('first')
const passkey = document.getElementById('passkey')
const email = byId<HTMLInputElement>('email')

/** The wait for a passkey that the user chooses in the field for the address. */
let waiting = new AbortController()

const stopWaiting = () => {
  waiting.abort()
  waiting = new AbortController()
  return waiting.signal
}

/** Tells other tabs who logs in, because they may still show the data of whoever was logged in before. */
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

type Wish = Omit<Parameters<typeof logInWithPasskey>[0], 'signal'>

const byPasskey = async (form: HTMLFormElement, wish: Wish, signal: AbortSignal) => {
  try {
    const reply = await logInWithPasskey({ ...wish, signal })
    if (reply) done(reply)
  } catch (error) {
    if (wish.second && error instanceof Refusal && error.code === 'invalid_token') return expired()
    // If the browser cannot wait for a passkey after all, nothing is shown: the user has pressed nothing.
    if (error instanceof Refusal ? error.code !== 'not_found' : !wish.inField) refuse(form, error)
  }
}

const expired = () => {
  show('first')
  toast(word('page.sign_in.expired'))
}

const askForSecond = prepareSecond({
  done,
  expired,
  byPasskey: (form, trust) => byPasskey(form, { second: true, trust }, stopWaiting()),
})

/**
 * Goes on with the step that the log-in still needs after a right password or a right mailed code.
 * @throws any other refusal
 */
const nextStep = (error: unknown, first: 'password' | 'mail') => {
  const code = error instanceof Refusal ? error.code : ''
  if (code === 'enrolment_required' && first === 'password')
    return location.assign(`/sign-in/second-factor${location.search}`)
  if (code === 'enrolment_required') {
    // The mailbox is asked for again when the factor is added, so it cannot be the first step as well.
    show('first')
    toast(word('page.sign_in.by_password'))
    return byId('password').focus()
  }
  if (code !== 'second_factor_required') throw error
  stopWaiting()
  askForSecond(error as Refusal)
}

onSubmit(first, async ({ email = '', password = '' }) => {
  help(undefined)
  try {
    done(await post('/api/auth/login', { email, password }))
  } catch (error) {
    help(error)
    nextStep(error, 'password')
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
    if (error instanceof Refusal && error.code === 'invalid_token') return expired()
    nextStep(error, 'mail')
  }
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
