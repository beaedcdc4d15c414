import { all, tell } from './dom.ts'
import { Cancelled, isRefusal } from './refusal.ts'
import { codeWord, faultWord, tag, word } from './words.ts'

export type Fields = Record<string, string>

const inputsOf = (form: HTMLFormElement) => all<HTMLInputElement>('input', form)

const mark = (input: HTMLInputElement, text: string) => {
  tell(document.getElementById(`${input.id}-problem`), text)
  if (text) input.setAttribute('aria-invalid', 'true')
  else input.removeAttribute('aria-invalid')
}

const problemOf = (form: HTMLFormElement) => form.querySelector('[data-problem]')

/** Removes the faults of a form. */
export const clear = (form: HTMLFormElement) => {
  tell(problemOf(form), '')
  for (const input of inputsOf(form)) mark(input, '')
}

/**
 * Checks what can be checked without the service, which decides in the end. Length is counted as the service counts it.
 */
const fault = (input: HTMLInputElement): string => {
  if (input.required && input.value === '') return word('fault.required')
  if (input.type === 'email' && input.value !== '' && !input.validity.valid) return word('fault.invalid_email')
  const min = input.dataset.min ?? ''
  return [...input.value.normalize('NFC')].length < Number(min) ? word('fault.least', { min }) : ''
}

/** Rounded up, so that waiting that long suffices. */
const wait = (seconds: number): string => {
  if (!(seconds > 0)) return ''
  const minutes = Math.ceil(seconds / 60)
  if (seconds <= 90) return ` ${word('fault.again', { n: seconds })}`
  if (minutes <= 90) return ` ${word('fault.again_minutes', { n: minutes })}`
  return ` ${word('fault.again_hours', { n: Math.ceil(minutes / 60) })}`
}

/** Returns a sentence about a refusal. */
export const sentence = (error: unknown): string => {
  if (!isRefusal(error)) return word('fault.page')
  return (codeWord(error.code) ?? (error.message || word('fault.unknown'))) + wait(error.retryAfter ?? 0)
}

/** The fields beside which to show a refusal that names no field. */
const fieldsOf = (code: string): string[] => {
  if (code === 'wrong_password') return ['current_password', 'password']
  if (code === 'wrong_code') return ['otp', 'code', 'mail_code', 'recovery_code']
  if (code.startsWith('password_')) return ['new_password', 'password']
  if (code === 'email_taken') return ['email']
  return code === 'payload_too_large' || code === 'unsupported_media_type' ? ['file'] : []
}

/** Returns the sentence about one field. The service's own `detail` is English, and may be a predicate: `is too long`. */
const fieldSentence = (code: string, detail: string) => {
  const own = faultWord(code) ?? codeWord(code)
  if (own) return own
  if (tag !== 'en') return word('fault.other')
  return /^[A-Z]/.test(detail) ? detail : `This ${detail.replace(/\.?$/, '.')}`
}

/** Shows a refusal beside its fields or above the button. The first wrong field gets the focus. */
export const refuse = (form: HTMLFormElement, error: unknown) => {
  if (error instanceof Cancelled) return
  const inputs = inputsOf(form).filter((input) => !input.closest('[hidden]'))
  const named = (names: string[]) => inputs.find((input) => names.includes(input.name))
  const wrong: HTMLInputElement[] = []
  const say = (input: HTMLInputElement | undefined, text: string) => {
    if (!input) return
    mark(input, text)
    wrong.push(input)
  }
  if (isRefusal(error)) {
    for (const { field, code, detail } of error.errors) say(named([field]), fieldSentence(code, detail))
    if (wrong.length === 0) say(named(fieldsOf(error.code)), sentence(error))
  }
  if (wrong.length > 0) return wrong[0]!.focus()
  tell(problemOf(form), sentence(error))
  if (!isRefusal(error)) throw error
}

/** Marks a button as waiting. Not `disabled`, which would take the focus away from keyboard users. */
export const busy = (button: Element | null, is: boolean) => {
  button?.setAttribute('aria-disabled', String(is))
  button?.setAttribute('aria-busy', String(is))
}

const isBusy = (button: Element | null) => button?.getAttribute('aria-busy') === 'true'

/**
 * Runs `act` with the form's fields when it is submitted, one submission at a time, and shows refusals in the form.
 * @param act gets every field that is sent, by name, as typed
 */
export const onSubmit = (form: HTMLFormElement, act: (fields: Fields) => Promise<unknown>) => {
  form.noValidate = true
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const button = form.querySelector('[type="submit"]')
    if (isBusy(button)) return
    clear(form)
    const inputs = inputsOf(form).filter((input) => !('optional' in input.dataset) && !input.closest('[hidden]'))
    const wrong = inputs.filter((input) => fault(input) !== '')
    for (const input of wrong) mark(input, fault(input))
    if (wrong.length > 0) return wrong[0]!.focus()
    busy(button, true)
    try {
      await act(Object.fromEntries(inputs.map((input) => [input.name, input.value])))
    } catch (error) {
      refuse(form, error)
    } finally {
      busy(button, false)
    }
  })
  for (const input of inputsOf(form))
    input.addEventListener('input', () => {
      if (input.hasAttribute('aria-invalid')) mark(input, '')
    })
}

/**
 * Runs `act` when the button is pressed, one press at a time.
 * @param failed gets what it throws; by default it is shown at the head of the page
 */
export const onPress = (
  button: HTMLElement,
  act: () => Promise<unknown>,
  failed: (error: unknown) => void = pageError,
) =>
  button.addEventListener('click', async () => {
    if (isBusy(button)) return
    if (failed === pageError) pageError(undefined)
    busy(button, true)
    try {
      await act()
    } catch (error) {
      failed(error)
    } finally {
      busy(button, false)
    }
  })

/** Shows a refusal at the head of the page; undefined removes it. */
export const pageError = (error: unknown) => {
  if (error instanceof Cancelled) return
  const place = document.getElementById('page-error')
  tell(place, error === undefined ? '' : sentence(error))
  if (error === undefined) return
  place?.scrollIntoView({ block: 'nearest' })
  if (!isRefusal(error)) throw error
}
