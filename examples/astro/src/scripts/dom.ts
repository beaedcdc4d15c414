/** Returns the element with this id, which must exist in the page. */
export const byId = <E extends HTMLElement = HTMLElement>(id: string): E => {
  const found = document.getElementById(id)
  if (!found) throw new Error(`#${id} is missing`)
  return found as E
}

/** Creates an element with attributes and content. Text stays text: what users typed is never parsed as HTML. */
export const make = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...content)
  return element
}

/** Replaces the form of a page with a single task by `#done`, which also has the new heading. */
export const showDone = (form: HTMLFormElement) => {
  const done = byId('done')
  for (const part of [form, ...document.querySelectorAll<HTMLElement>('[data-until-done]')]) part.hidden = true
  done.hidden = false
  const heading = byId('heading')
  heading.textContent = done.dataset.heading!
  heading.focus()
}

let leaving: ReturnType<typeof setTimeout>

/** Shows a message at the bottom of the window and announces it to screen readers. */
export const toast = (text: string) => {
  const place = byId('toast')
  clearTimeout(leaving)
  // Replaced even if the text is the same: screen readers announce only changes.
  place.replaceChildren(make('span', {}, text))
  leaving = setTimeout(() => place.replaceChildren(), 6000)
}

const pending = 'pending toast'

/** Shows a message on the next page. */
export const toastNext = (text: string) => sessionStorage.setItem(pending, text)

export const showPendingToast = () => {
  const text = sessionStorage.getItem(pending)
  sessionStorage.removeItem(pending)
  if (text) toast(text)
}

const shortDate = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const longDate = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

export const date = (iso: string) => shortDate.format(new Date(iso))
export const time = (iso: string) => longDate.format(new Date(iso))

/**
 * Returns the token of a mailed link and removes it from the address bar, so that no history or screenshot keeps it.
 */
export const takeToken = (): string => {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
  if (location.hash) history.replaceState(null, '', location.pathname)
  return token
}

const showPassword = (button: HTMLButtonElement) => {
  const input = byId<HTMLInputElement>(button.dataset.show!)
  const show = input.type === 'password'
  input.type = show ? 'text' : 'password'
  button.setAttribute('aria-pressed', String(show))
  button.textContent = show ? 'Hide' : 'Show'
}

document.addEventListener('click', (event) => {
  const button = (event.target as Element).closest<HTMLButtonElement>('button[data-show]')
  if (button) showPassword(button)
})
