import { make } from '../dom.ts'

/** Gives the browser a file to save. */
export const save = (name: string, type: string, content: string) => {
  const url = URL.createObjectURL(new Blob([content], { type }))
  make('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** The most rows of one file: what a browser keeps in memory without effort. */
export const mostRows = 50_000

/** Reads page after page. @param page returns a page and the cursor of the next one */
export const everyPage = async <T>(
  page: (cursor: string | undefined) => Promise<{ rows: T[]; next: string | null }>,
): Promise<T[]> => {
  const all: T[] = []
  for (let cursor: string | undefined; ; ) {
    const { rows, next } = await page(cursor)
    all.push(...rows)
    if (next === null || all.length >= mostRows) return all.slice(0, mostRows)
    cursor = next
  }
}
