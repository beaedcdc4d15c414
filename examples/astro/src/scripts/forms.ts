import { type Code, GatehouseError, wordsFor } from 'gatehouse-auth'

type Values = Record<string, string>

/** Returns a sentence about a refusal. {@link wordsFor} also takes words of your own. */
export const sentence = (error: unknown): string =>
  error instanceof GatehouseError ? wordsFor(error) : 'Something went wrong in this page. Load it again.'

/** The fields of our forms that a code is about. Every other refusal is shown above the button. */
const fields: Partial<Record<Code, string[]>> = { wrong_code: ['code', 'recovery_code'] }

const inputs = (form: HTMLFormElement) => [...form.querySelectorAll<HTMLInputElement>('input[aria-describedby]')]

const say = (input: HTMLInputElement, text: string) => {
  const place = document.getElementById(`${input.id}-error`)
  if (!place) return
  if (text) input.setAttribute('aria-invalid', 'true')
  else input.removeAttribute('aria-invalid')
  place.textContent = text
  place.hidden = text === ''
}

const sayAbove = (form: HTMLFormElement, text: string) => {
  const place = form.querySelector<HTMLElement>('.problem[role=alert]')
  if (!place) return
  place.textContent = text
  place.hidden = text === ''
}

/** Shows a refusal next to its field or above the button. The first wrong field gets the focus. */
export const showError = (form: HTMLFormElement, error: unknown) => {
  const all = inputs(form)
  const wrong: HTMLInputElement[] = []
  const about = (name: string, text: string) => {
    const input = all.find((one) => one.name === name && one.offsetParent !== null)
    if (!input) return
    say(input, text)
    wrong.push(input)
  }
  if (error instanceof GatehouseError) {
    // The service's `detail` is a predicate: "is longer than 100 characters".
    for (const { field, detail } of error.errors) about(field, /^[A-Z]/.test(detail) ? detail : `This ${detail}.`)
    for (const name of wrong.length > 0 ? [] : (fields[error.code] ?? [])) about(name, sentence(error))
  }
  if (wrong.length === 0) sayAbove(form, sentence(error))
  wrong[0]?.focus()
}

/**
 * Runs `act` with the form's values when it is submitted, one submission at a time, and shows refusals in the form.
 * @param act `values` has every field by name, as typed
 */
export const onSubmit = (form: HTMLFormElement, act: (values: Values) => Promise<void>) => {
  const button = form.querySelector<HTMLButtonElement>('button[type="submit"]')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (button?.getAttribute('aria-disabled') === 'true') return
    sayAbove(form, '')
    for (const input of inputs(form)) say(input, '')
    const values: Values = {}
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') values[name] = value
    button?.setAttribute('aria-disabled', 'true')
    try {
      await act(values)
    } catch (error) {
      showError(form, error)
    } finally {
      button?.removeAttribute('aria-disabled')
    }
  })
}
