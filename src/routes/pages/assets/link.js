// The script of the pages that mailed links open: takes the token out of the URL and posts what the visitor confirms.

const root = document.querySelector('[data-link]')
let token = null

/**
 * Removes the token from the address bar, so that neither the history nor a screenshot keeps it. Settings may put it
 * into the query.
 */
const takeToken = () => {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const query = new URLSearchParams(location.search)
  const found = fragment.get('token') || query.get('token') || null
  if (location.hash || query.has('token')) history.replaceState(null, '', location.pathname)
  return found
}

/** Shows the parts of a state and moves the focus there. */
const show = (state) => {
  for (const part of root.querySelectorAll('[data-state]')) part.hidden = !part.dataset.state.split(' ').includes(state)
  const headings = [...root.querySelectorAll('h1')]
  headings.find((heading) => heading.checkVisibility())?.focus()
}

const start = () => {
  token = takeToken() ?? token
  show(token ? 'ready' : 'missing')
}

/** Returns the token of a pasted link, as mailed or as a mail gateway rewrote it. */
const tokenOf = (pasted) => {
  let text = pasted.trim()
  try {
    text = decodeURIComponent(text)
  } catch {}
  return /token=([\w.-]+)/.exec(text)?.[1] ?? /^[\w-]+\.[\w.-]+$/.exec(text)?.[0]
}

const post = async (path, body) => {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
    })
    const reply = await response.json().catch(() => ({}))
    if (response.ok) return { message: reply.message }
    return { ...reply, refused: true, retryAfter: Number(response.headers.get('Retry-After')) }
  } catch {
    return { refused: true, detail: 'The service cannot be reached. Check your connection, then try again.' }
  }
}

/** Words for faults found before anything is sent, and for codes whose usual words are meant for programs. */
const words = {
  required: 'Please fill this in.',
  no_link: 'This is not the link. Copy all of it from the mail.',
  invalid_email: 'This does not look like an e-mail address.',
}

const wait = (seconds) => {
  if (!(seconds > 0)) return ''
  const minutes = Math.ceil(seconds / 60)
  const [count, unit] =
    seconds <= 90 ? [seconds, 'second'] : minutes <= 90 ? [minutes, 'minute'] : [Math.ceil(minutes / 60), 'hour']
  return ` You can try again in ${count} ${unit}${count === 1 ? '' : 's'}.`
}

const say = (element, text) => {
  element.textContent = text
  element.hidden = text === ''
}

const clear = (form) => {
  say(form.querySelector('[data-problem]'), '')
  for (const input of form.querySelectorAll('input')) mark(input, '')
}

const mark = (input, text) => {
  say(root.querySelector(`[data-problem-of="${input.name}"]`), text)
  if (text) input.setAttribute('aria-invalid', 'true')
  else input.removeAttribute('aria-invalid')
}

/**
 * Checks what can be checked without the service, which decides in the end. Length is counted as the service counts it.
 */
const fault = (input) => {
  if ('optional' in input.dataset) return ''
  if (input.value === '') return words.required
  if (input.type === 'email' && !input.validity.valid) return words.invalid_email
  const least = Number(input.dataset.min)
  if (least && [...input.value.normalize('NFC')].length < least) return `At least ${least} characters, please.`
  return ''
}

const refuse = (form, problem) => {
  const fields = (problem.errors ?? []).flatMap(({ field, code, detail }) => {
    const input = form.elements.namedItem(field)
    return input ? [{ input, text: words[code] ?? detail }] : []
  })
  for (const { input, text } of fields) mark(input, text)
  if (fields.length > 0) return fields[0].input.focus()
  const detail = problem.detail ?? 'That did not work. Try again in a moment.'
  say(form.querySelector('[data-problem]'), detail + wait(problem.retryAfter))
}

/** Asks for the password. The link to the other way of proof gets the same token. */
const askForProof = () => {
  const choose = root.querySelector('[data-carry]')
  if (choose) choose.href = `${choose.pathname}#token=${encodeURIComponent(token)}`
  show('proof')
}

const submit = async (form) => {
  const button = form.querySelector('[type="submit"]')
  const inputs = [...form.querySelectorAll('input')]
  // Not `disabled`, which would take the focus away from keyboard users.
  if (button.getAttribute('aria-disabled') === 'true') return
  clear(form)
  const wrong = inputs.filter((input) => fault(input) !== '')
  for (const input of wrong) mark(input, fault(input))
  if (wrong.length > 0) return wrong[0].focus()

  if (form.dataset.paste !== undefined) {
    token = tokenOf(inputs[0].value) ?? null
    if (!token) return refuse(form, { errors: [{ field: inputs[0].name, code: 'no_link' }] })
    form.reset()
    return show('ready')
  }

  const { post: path, done, failed, proof } = form.dataset
  const sent = inputs.filter((input) => !('optional' in input.dataset))
  const fields = Object.fromEntries(sent.map((input) => [input.name, input.value]))
  button.setAttribute('aria-disabled', 'true')
  const strict = proof === undefined ? {} : { require_proof: true }
  const reply = await post(path, failed ? { token, ...strict, ...fields } : fields)
  button.removeAttribute('aria-disabled')

  if (!reply.refused) {
    // What happened may depend on the request, so the service's own message is shown.
    if (failed && reply.message) say(root.querySelector('[data-message]'), reply.message)
    form.reset()
    token = null
    return show(done)
  }
  if (failed && reply.code === 'invalid_token') return show(failed)
  if (reply.code === 'proof_required') return askForProof()
  refuse(form, reply)
}

for (const form of root.querySelectorAll('form'))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit(form)
  })

for (const input of root.querySelectorAll('input'))
  input.addEventListener('input', () => {
    if (input.getAttribute('aria-invalid')) mark(input, '')
  })

for (const button of root.querySelectorAll('[data-show]')) {
  const input = document.getElementById(button.dataset.show)
  button.hidden = false
  button.addEventListener('click', () => {
    const shown = input.type === 'text'
    input.type = shown ? 'password' : 'text'
    button.textContent = shown ? 'Show' : 'Hide'
    button.setAttribute('aria-pressed', String(!shown))
  })
}

// The same tab may open another link: that changes the fragment and loads nothing.
addEventListener('hashchange', () => {
  if (location.hash) start()
})
start()
