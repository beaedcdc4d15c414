/** The element with this id, which the page is made to have. */
export const byId = <E extends HTMLElement = HTMLElement>(id: string): E => {
  const found = document.getElementById(id)
  if (!found) throw new Error(`#${id} is missing`)
  return found as E
}

/** A new element with attributes and content. Text stays text: what users typed is never read as HTML. */
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

/** Takes the place of the form on a page that had one thing to do: `#done` names its heading. */
export const showDone = (form: HTMLFormElement) => {
  const done = byId('done')
  for (const part of [form, ...document.querySelectorAll<HTMLElement>('[data-until-done]')]) part.hidden = true
  done.hidden = false
  const heading = byId('heading')
  heading.textContent = done.dataset.heading!
  heading.focus()
}

let leaving: ReturnType<typeof setTimeout>

/** Says it at the bottom of the window, and to screen readers. */
export const toast = (text: string) => {
  const place = byId('toast')
  clearTimeout(leaving)
  // Anew also where it says so already: what does not change is not read out.
  place.replaceChildren(make('span', {}, text))
  leaving = setTimeout(() => place.replaceChildren(), 6000)
}

const pending = 'pending toast'

/** Says it on the next page. */
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

/** The token of a mailed link. It leaves the address bar at once, so that no history or screenshot keeps it. */
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
