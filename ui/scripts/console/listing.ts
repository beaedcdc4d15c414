import { byId } from '../dom.ts'
import { onPress, pageError } from '../forms.ts'

type Listing<T> = {
  /** Reads a page. @param more the next page of the same list */
  read: (more: boolean, signal: AbortSignal) => Promise<{ items: T[]; next: string | null }>
  row: (item: T) => HTMLElement
  /** Called after each page. */
  shown?: () => void
}

/**
 * Fills the table of the page, and fills it again whenever a filter changes. The button below the table adds further
 * rows.
 * @returns a function that reads the list anew
 */
export const listing = <T>({ read, row, shown }: Listing<T>): (() => Promise<void>) => {
  const rows = byId('rows')
  const more = byId('more')
  const form = document.getElementById('filters')
  let running = new AbortController()

  const load = async (further: boolean) => {
    running.abort()
    running = new AbortController()
    const { signal } = running
    rows.setAttribute('aria-busy', 'true')
    try {
      const { items, next } = await read(further, signal)
      if (signal.aborted) return
      const made = items.map(row)
      if (further) rows.append(...made)
      else rows.replaceChildren(...made)
      more.hidden = next === null
      byId('nothing').hidden = rows.childElementCount > 0
      pageError(undefined)
      shown?.()
    } catch (error) {
      if (signal.aborted) return
      rows.replaceChildren()
      pageError(error)
    } finally {
      if (!signal.aborted) rows.removeAttribute('aria-busy')
    }
  }

  let typing: ReturnType<typeof setTimeout>
  form?.addEventListener('input', () => {
    clearTimeout(typing)
    typing = setTimeout(() => load(false), 250)
  })
  form?.addEventListener('submit', (event) => event.preventDefault())
  onPress(more, () => load(true))
  load(false)
  return () => load(false)
}

/** Returns the filters that are not empty. */
export const filters = (): Record<string, string> => {
  const given = [...new FormData(byId<HTMLFormElement>('filters'))]
  return Object.fromEntries(given.filter(([, value]) => value !== '')) as Record<string, string>
}
