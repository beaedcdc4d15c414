import { word } from './words.ts'

/** Returns the element with this id, which must exist in the page. */
export const byId = <E extends HTMLElement = HTMLElement>(id: string): E => {
  const found = document.getElementById(id)
  if (!found) throw new Error(`#${id} is missing`)
  return found as E
}

export const all = <E extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): E[] => [
  ...within.querySelectorAll<E>(selector),
]

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

/** Shows a text in its place, or hides the place if there is none. */
export const tell = (place: Element | null | undefined, text: string) => {
  if (!(place instanceof HTMLElement)) return
  place.textContent = text
  place.hidden = text === ''
}

/** Shows the parts of the page that belong to a state, and moves the focus to the heading. */
export const show = (state: string) => {
  for (const part of all('[data-state]')) part.hidden = !part.dataset.state!.split(' ').includes(state)
  all('h1')
    .find((heading) => heading.checkVisibility())
    ?.focus()
}

let leaving: ReturnType<typeof setTimeout>

/** Milliseconds that a message stays. */
const toastMs = 6000

/** Shows a message at the bottom of the window and announces it to screen readers. */
export const toast = (text: string) => {
  const place = byId('toast')
  clearTimeout(leaving)
  // Replaced even if the text is the same: screen readers announce only changes.
  place.replaceChildren(make('span', {}, text))
  leaving = setTimeout(() => place.replaceChildren(), toastMs)
}

const pending = 'pending toast'

/** Shows a message on the next page. */
export const toastNext = (text: string) => sessionStorage.setItem(pending, text)

export const showPendingToast = () => {
  const text = sessionStorage.getItem(pending)
  sessionStorage.removeItem(pending)
  if (text) toast(text)
}

for (const button of all<HTMLButtonElement>('[data-show]')) {
  const input = byId<HTMLInputElement>(button.dataset.show!)
  button.hidden = false
  button.addEventListener('click', () => {
    const shown = input.type === 'text'
    input.type = shown ? 'password' : 'text'
    button.textContent = shown ? word('word.show') : word('word.hide')
    button.setAttribute('aria-pressed', String(!shown))
  })
}

// The menu of languages keeps the rest of the address, such as where to go after the log-in.
for (const link of all<HTMLAnchorElement>('[data-language]')) {
  const query = new URLSearchParams(location.search)
  query.set('lang', link.dataset.language!)
  link.search = `${query}`
}

// A choice of colours takes effect without a new page, which would lose what was typed.
const themes = all<HTMLAnchorElement>('[data-theme-choice]')
for (const link of themes)
  link.addEventListener('click', (event) => {
    event.preventDefault()
    document.documentElement.dataset.theme = link.dataset.themeChoice!
    for (const other of themes) other.setAttribute('aria-current', String(other === link))
    void fetch(`?theme=${link.dataset.themeChoice}`, { headers: { Accept: 'text/html' } })
  })
