/** Returns the element with this id, which must exist in the page. */
export const byId = <E extends HTMLElement = HTMLElement>(id: string): E => {
  const found = document.getElementById(id)
  if (!found) throw new Error(`#${id} is missing`)
  return found as E
}

let leaving: ReturnType<typeof setTimeout>

/** Shows a message at the bottom of the window and announces it to screen readers. */
export const toast = (text: string) => {
  const [place, message] = [byId('toast'), document.createElement('span')]
  clearTimeout(leaving)
  message.textContent = text
  // Replaced even if the text is the same: screen readers announce only changes.
  place.replaceChildren(message)
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
