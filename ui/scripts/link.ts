import { all, show, tell } from './dom.ts'
import { type Fields, onSubmit } from './forms.ts'
import { anyPasskey, passkeysWork } from './passkeys.ts'
import { post } from './post.ts'
import { Cancelled, Refusal } from './refusal.ts'
import { tag } from './words.ts'

/** The pages that mailed links open: takes the token out of the URL and posts what the visitor confirms. */

const root = document.querySelector<HTMLElement>('[data-link]')!
let token: string | undefined

/**
 * Removes the token from the address bar, so that neither the history nor a screenshot keeps it. Settings may put it
 * into the query.
 */
const takeToken = () => {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const query = new URLSearchParams(location.search)
  const found = fragment.get('token') || query.get('token') || undefined
  if (location.hash || query.has('token')) history.replaceState(null, '', location.pathname)
  return found
}

const start = () => {
  token = takeToken() ?? token
  show(token ? 'ready' : 'missing')
}

/** Returns the token of a pasted link, as mailed or as a mail gateway rewrote it. */
const tokenOf = (pasted: string) => {
  let text = pasted.trim()
  try {
    text = decodeURIComponent(text)
  } catch {}
  return /token=([\w.-]+)/.exec(text)?.[1] ?? /^[\w-]+\.[\w.-]+$/.exec(text)?.[0]
}

/** Asks for the password. The link to the other way of proof gets the same token. */
const askForProof = () => {
  const choose = root.querySelector<HTMLAnchorElement>('[data-carry]')
  if (choose) choose.hash = `token=${encodeURIComponent(token ?? '')}`
  show('proof')
}

/** Says what happened, which may depend on the request. The service's own message is English. */
const sayWhatHappened = ({ message, frozen_until: until }: { message?: string; frozen_until?: string }) => {
  const text = tag === 'en' ? message : until && root.dataset.frozen
  if (text) tell(root.querySelector('[data-message]'), text)
}

/** In two groups, which are easier to type. */
const inGroups = (code: string) => code.replace(/(?=.{4}$)/, ' ')

const open = async (form: HTMLFormElement, { link = '' }: Fields) => {
  token = tokenOf(link)
  if (!token) throw new Refusal('', undefined, { errors: [{ field: 'link', code: 'no_link', detail: '' }] })
  form.reset()
  show('ready')
}

const submit = async (form: HTMLFormElement, fields: Fields) => {
  const { post: path = '', done = '', failed, proof, passkey } = form.dataset
  const strict = proof === undefined ? {} : { require_proof: true }
  try {
    const credential = passkey === undefined ? undefined : await anyPasskey()
    if (passkey !== undefined && !credential) throw new Cancelled()
    const given = credential ? { credential } : fields
    const reply = await post(path as '/api/auth/verify-email', failed ? { token, ...strict, ...given } : fields)
    if (failed) sayWhatHappened(reply)
  } catch (error) {
    const code = error instanceof Refusal ? error.code : ''
    if (failed && code === 'invalid_token') return show(failed)
    if (code === 'proof_required') return askForProof()
    if (failed && code === 'second_factor_required') return show('second')
    if (error instanceof Refusal && error.codeToType) {
      tell(root.querySelector('[data-code]'), inGroups(error.codeToType))
      return show('typed')
    }
    throw error
  }
  form.reset()
  token = undefined
  show(done)
}

for (const form of all<HTMLFormElement>('form', root)) {
  if (form.dataset.passkey !== undefined && passkeysWork()) form.hidden = false
  onSubmit(form, (fields) => (form.dataset.paste !== undefined ? open(form, fields) : submit(form, fields)))
}

// The same tab may open another link: that changes the fragment and loads nothing.
addEventListener('hashchange', () => {
  if (location.hash.includes('token=')) start()
})
start()
