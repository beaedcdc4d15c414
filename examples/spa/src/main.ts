import { GatehouseError, logInWithPasskey, passkeysWork, type SecondFactorNeeded, wordsFor } from 'gatehouse-auth'
import { createAuth, hasTokens, service } from './auth.ts'

const byId = <E extends HTMLElement = HTMLElement>(id: string): E => {
  const found = document.getElementById(id)
  if (!found) throw new Error(`#${id} is missing`)
  return found as E
}

/** Shows a view of index.html in place of the present one, and lets screen readers begin there. */
const view = (name: 'home' | 'log-in' | 'second' | 'members' | 'trouble') => {
  const main = byId('main')
  main.replaceChildren(byId<HTMLTemplateElement>(name).content.cloneNode(true))
  // These are pages of the service, which lead back to this app.
  for (const link of main.querySelectorAll<HTMLAnchorElement>('a[data-service]'))
    link.href = `${service}${link.getAttribute('href')}?return_to=${encodeURIComponent(location.href)}`
  main.querySelector('h1')?.focus()
  return main
}

const say = (place: ParentNode, text: string) => {
  const problem = place.querySelector<HTMLElement>('.problem')
  if (!problem) return
  problem.textContent = text
  problem.hidden = text === ''
}

const sentence = (error: unknown) => {
  if (error instanceof GatehouseError) return wordsFor(error)
  // Browsers do not say whether the user declined or has no passkey.
  if (error instanceof DOMException && error.name === 'NotAllowedError') return 'No passkey was used.'
  return 'Something went wrong in this page. Load it again.'
}

/** Runs `act` for a form, one act at a time, and shows why it was refused. */
const attempt = async (form: HTMLFormElement, act: () => Promise<void>) => {
  if (form.ariaBusy) return
  form.ariaBusy = 'true'
  say(form, '')
  try {
    await act()
  } catch (error) {
    say(form, sentence(error))
  } finally {
    form.ariaBusy = null
  }
}

/** Runs `act` when the form of the view is submitted. */
const onSubmit = (act: (values: Record<string, string>) => Promise<void>) => {
  const form = byId<HTMLFormElement>('form')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const values = [...new FormData(form)].map(([name, value]) => [name, String(value)])
    void attempt(form, () => act(Object.fromEntries(values)))
  })
}

/** Shows the button for a passkey if the browser has passkeys, and runs `act` when it is pressed. */
const onPasskey = (act: () => Promise<void>) => {
  const button = byId('passkey')
  button.hidden = !passkeysWork()
  button.addEventListener('click', () => attempt(byId('form'), act))
}

const logIn = (why = '') => {
  const place = view('log-in')
  say(place, why)
  byId('email').focus()
  onPasskey(async () => {
    await logInWithPasskey(auth)
    await show()
  })
  onSubmit(async ({ email = '', password = '' }) => {
    try {
      await auth.logIn({ email, password })
    } catch (error) {
      if (!(error instanceof GatehouseError) || !error.secondFactor) throw error
      if (error.code === 'second_factor_required') return askForFactor(error.secondFactor)
      // The account must have a second factor and has none.
      byId('enrol').hidden = false
      throw error
    }
    await show()
  })
}

const labels = { code: 'Code of your authenticator app', recovery_code: 'Recovery code' }

/** The second step: a passkey, a code of an app, or a recovery code. */
const askForFactor = ({ challenge = '', methods, trustDays }: SecondFactorNeeded) => {
  view('second')
  const [answer, other, trust] = [byId<HTMLInputElement>('answer'), byId('other'), byId<HTMLInputElement>('trust')]
  let kind: keyof typeof labels = methods.includes('totp') ? 'code' : 'recovery_code'
  byId('days').textContent = String(trustDays)
  const ask = () => {
    answer.value = ''
    answer.labels?.[0]?.replaceChildren(labels[kind])
    answer.focus()
    // A recovery code is for a lost device: it makes no device trusted.
    byId('may-trust').hidden = trustDays === undefined || (kind === 'recovery_code' && !methods.includes('passkey'))
  }
  other.hidden = kind === 'recovery_code'
  other.addEventListener('click', () => {
    kind = kind === 'code' ? 'recovery_code' : 'code'
    other.textContent = kind === 'code' ? 'Use a recovery code instead' : 'Use a code of the app instead'
    ask()
  })
  ask()
  const finish = async (step: Promise<unknown>) => {
    try {
      await step
    } catch (error) {
      // The challenge lives ten minutes.
      if (error instanceof GatehouseError && error.code === 'invalid_token')
        return logIn('That took too long. Log in again.')
      throw error
    }
    await show()
  }
  onSubmit(({ answer: given = '' }) =>
    finish(auth.logInWithCode({ challenge, [kind]: given, trust_device: trust.checked })),
  )
  if (!methods.includes('passkey')) return
  onPasskey(() => finish(logInWithPasskey(auth, { challenge, trust_device: trust.checked })))
  byId('passkey').focus()
}

const members = async () => {
  const user = await auth.getProfile()
  return () => {
    view('members')
    byId('who').textContent = user.name ?? user.email
    byId('log-out').addEventListener('click', () => {
      // The tokens are gone from this browser even if the service does not answer.
      void auth
        .logOut()
        .catch(() => {})
        .then(show)
    })
  }
}

const trouble = (error: unknown) => {
  say(view('trouble'), sentence(error))
  byId('again').addEventListener('click', show)
}

/** Counts the calls of `show`: an answer that comes after a newer call is not shown. */
let turn = 0

/**
 * Shows the view of the address. The guard only keeps people from seeing an empty view: all data comes from the
 * service, which checks every request.
 */
const show = async (): Promise<void> => {
  const mine = ++turn
  if (location.hash !== '#/members') return void view('home')
  try {
    // A form that somebody is filling in stays.
    if (!hasTokens()) return void (byId('main').querySelector('form') || logIn())
    const ready = await members()
    if (mine === turn) ready()
  } catch (error) {
    if (mine !== turn) return
    // Without an answer nobody knows whether the session still exists, so the tokens stay.
    if (hasTokens()) trouble(error)
    else logIn()
  }
}

const auth = createAuth(show)
addEventListener('hashchange', show)
addEventListener('pageshow', ({ persisted }) => persisted && show())
void show()
