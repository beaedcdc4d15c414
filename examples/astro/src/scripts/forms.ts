import { GatehouseError } from 'gatehouse-auth'
import { Cancelled } from './dialogs.ts'
import { fieldsOf, wordsFor, wordsForField } from './words.ts'

type Values = Record<string, string>

const inputs = (form: HTMLFormElement) => [...form.querySelectorAll<HTMLInputElement>('[aria-describedby][name]')]

const say = (input: HTMLInputElement, text: string) => {
  const place = document.getElementById(`${input.id}-error`)
  if (!place) return
  input.toggleAttribute('aria-invalid', text !== '')
  if (text) input.setAttribute('aria-invalid', 'true')
  place.textContent = text
  place.hidden = text === ''
}

const message = (form: HTMLFormElement, text: string) => {
  const place = form.querySelector<HTMLElement>('.form-message')
  if (!place) return
  place.textContent = text
  place.hidden = text === ''
}

/** Removes the errors of a form. */
export const clear = (form: HTMLFormElement) => {
  message(form, '')
  for (const input of inputs(form)) say(input, '')
}

/** Checks what can be checked without the service, which decides in the end. */
const complete = (form: HTMLFormElement) => {
  for (const input of inputs(form)) {
    if (input.required && input.value === '') say(input, 'This is needed.')
    else if (input.type === 'email' && input.validity.typeMismatch) say(input, 'This is not an e-mail address.')
  }
  const first = inputs(form).find((input) => input.getAttribute('aria-invalid') === 'true')
  first?.focus()
  return !first
}

/** Shows a refusal next to its field or above the button. The first wrong field gets the focus. */
export const showError = (form: HTMLFormElement, error: unknown) => {
  if (error instanceof Cancelled) return
  if (!(error instanceof GatehouseError)) {
    message(form, 'Something went wrong in this page. Load it again.')
    throw error
  }
  const all = inputs(form)
  const named = (name: string) => all.find((input) => input.name === name)
  const wrong: HTMLInputElement[] = []
  for (const { field, code, detail } of error.errors) {
    const input = named(field)
    if (!input) continue
    say(input, error.code === 'validation_failed' ? wordsForField(code, detail) : error.message)
    wrong.push(input)
  }
  if (wrong.length === 0) {
    const input = fieldsOf(error.code).map(named).find(Boolean)
    if (input) {
      say(input, wordsFor(error))
      wrong.push(input)
    }
  }
  if (wrong.length === 0) message(form, wordsFor(error))
  else wrong[0]?.focus()
}

const busy = (button: HTMLButtonElement | null, is: boolean) => {
  if (!button) return
  button.setAttribute('aria-busy', String(is))
  button.setAttribute('aria-disabled', String(is))
}

/**
 * Runs `act` with the form's values when it is submitted, one submission at a time, and shows refusals in the form.
 * @param act `values` has every field by name, as typed
 */
export const onSubmit = (form: HTMLFormElement, act: (values: Values) => Promise<void>) => {
  form.noValidate = true
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const button = form.querySelector<HTMLButtonElement>('button[type="submit"]')
    if (button?.getAttribute('aria-busy') === 'true') return
    clear(form)
    if (!complete(form)) return
    const values: Values = {}
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') values[name] = value
    busy(button, true)
    try {
      await act(values)
    } catch (error) {
      showError(form, error)
    } finally {
      busy(button, false)
    }
  })
}

/** Runs `act` when the button is pressed, one press at a time, and shows refusals at the head of the page. */
export const onPress = (button: HTMLButtonElement, act: () => Promise<void>) =>
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-busy') === 'true') return
    pageError(undefined)
    busy(button, true)
    try {
      await act()
    } catch (error) {
      pageError(error)
    } finally {
      busy(button, false)
    }
  })

/** Shows a refusal at the head of the page; undefined removes it. */
export const pageError = (error: unknown) => {
  const place = document.getElementById('page-error')
  if (!place || error instanceof Cancelled) return
  place.hidden = error === undefined
  place.textContent = error instanceof GatehouseError ? wordsFor(error) : 'Something went wrong. Load this page again.'
  if (error === undefined) return
  place.scrollIntoView({ block: 'nearest' })
  if (!(error instanceof GatehouseError)) throw error
}
