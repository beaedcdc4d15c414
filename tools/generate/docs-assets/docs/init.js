/* global SwaggerUIBundle */

const dark = window.matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()

/** Pages cannot put a cookie into a request: the browser sends the one that it has. */
const canBeGiven = (definitions) =>
  definitions
    ?.map((schemes) => schemes.filter((scheme) => scheme.get('in') !== 'cookie'))
    .filter(({ size }) => size > 0)

/** Returns the service's own sentence about a refusal. */
const sentenceOf = async (response) => {
  const problem = await response.json().catch(() => undefined)
  return problem?.detail ?? `The service answered ${response.status}.`
}

/**
 * Logs in as a site would. Swagger UI's own form shows only the status of a refusal.
 * @returns the sentence of a refusal; undefined if the log-in succeeded
 */
const logIn = async (system, { name, schema }, credentials) => {
  const response = await fetch('/api/auth/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(credentials),
  }).catch(() => undefined)
  if (!response) return 'The service did not answer.'
  if (!response.ok) return sentenceOf(response)
  const token = await response.json()
  if (!token.access_token) return 'You are logged in by a cookie: this service gives no tokens to pages.'
  system.authActions.authorizeOauth2WithPersistOption({ auth: { name, schema, username: credentials.email }, token })
}

/** Replaces Swagger UI's form, which also asks for client id, client secret and scopes: this service has none. */
const passwordForm = (system) => {
  const { createElement: h, useState } = system.React

  const Field = ({ label, ...input }) =>
    h('div', { className: 'log-in-field' }, h('label', { htmlFor: input.id }, label), h('input', input))

  return ({ name, schema, authorized }) => {
    const [said, say] = useState()
    const [busy, setBusy] = useState(false)
    const close = () => system.authActions.showDefinitions(false)
    const closing = h('button', { type: 'button', className: 'btn modal-btn auth btn-done', onClick: close }, 'Close')
    const heading = h('h4', null, 'Log in with e-mail and password')

    if (authorized.get(name)) {
      const logOut = () => system.authActions.logoutWithPersistOption([name])
      return h(
        'div',
        { className: 'log-in' },
        heading,
        h('p', { role: 'status' }, `Requests of this page are sent as ${authorized.getIn([name, 'username'])}.`),
        h(
          'div',
          { className: 'auth-btn-wrapper' },
          h('button', { type: 'button', className: 'btn modal-btn auth', onClick: logOut }, 'Forget the token'),
          closing,
        ),
      )
    }

    const submit = async (event) => {
      event.preventDefault()
      const { email, password } = Object.fromEntries(new FormData(event.currentTarget))
      setBusy(true)
      say(undefined)
      say(await logIn(system, { name, schema }, { email, password }))
      setBusy(false)
    }
    return h(
      'form',
      { className: 'log-in', onSubmit: submit },
      heading,
      h(Field, {
        label: 'E-mail address',
        id: 'log-in-email',
        name: 'email',
        type: 'email',
        autoComplete: 'username',
        required: true,
        autoFocus: true,
      }),
      h(Field, {
        label: 'Password',
        id: 'log-in-password',
        name: 'password',
        type: 'password',
        autoComplete: 'current-password',
        required: true,
      }),
      h('p', { role: 'alert', className: 'log-in-refused' }, said),
      h(
        'div',
        { className: 'auth-btn-wrapper' },
        h('button', { type: 'submit', className: 'btn modal-btn auth authorize', disabled: busy }, 'Log in'),
        closing,
      ),
    )
  }
}

/** Lets "Authorize" offer only what works in a page. */
const authorizations = (system) => ({
  components: { oauth2: passwordForm(system) },
  statePlugins: {
    auth: {
      wrapSelectors: {
        definitionsToAuthorize:
          (original) =>
          (state, ...rest) =>
            canBeGiven(original(state, ...rest)),
        definitionsForRequirements:
          (original) =>
          (state, ...rest) =>
            canBeGiven(original(state, ...rest)),
      },
    },
  },
})

SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  // The validator is somebody else's service and would learn the address of this one.
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [authorizations],
  layout: 'BaseLayout',
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // The document names the service by APP_URL. The page may be open under another name of the service (localhost,
  // 127.0.0.1), and the policy of the page allows requests only to the name under which it is open.
  requestInterceptor: (request) => {
    const { pathname, search } = new URL(request.url, window.location.href)
    request.url = new URL(pathname + search, window.location.href).href
    return request
  },
})
