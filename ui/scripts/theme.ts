/**
 * The colours of the pages: those of the system, unless the visitor chose light or dark ones. The choice is kept in the
 * browser. This script is no module and stands before the style sheet, so that no page is drawn in other colours first.
 */

const key = 'theme'

const apply = (theme: string | null) => {
  document.documentElement.dataset.theme = theme ?? ''
  const choice = document.querySelector<HTMLSelectElement>('[data-theme-choice]')
  if (choice) choice.value = theme ?? ''
}

/** The storage of the browser, which may forbid it. */
const read = () => {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

const keep = (theme: string) => {
  try {
    localStorage.setItem(key, theme)
  } catch {}
}

apply(read())

document.addEventListener('DOMContentLoaded', () => {
  apply(read())
  document.querySelector<HTMLSelectElement>('[data-theme-choice]')?.addEventListener('change', ({ target }) => {
    const { value } = target as HTMLSelectElement
    keep(value)
    apply(value)
  })
})

// Other tabs follow.
addEventListener('storage', (event) => event.key === key && apply(event.newValue))

export {}
