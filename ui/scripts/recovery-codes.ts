import { byId, make } from './dom.ts'
import { word } from './words.ts'

/** New recovery codes, which are shown once. */

/** Milliseconds after which a browser has read the file. */
const keptMs = 60_000

/** Fills the list. Its heading and its place are the page's. */
export const listCodes = (codes: string[]) =>
  byId('code-list').replaceChildren(...codes.map((code) => make('li', {}, make('code', {}, code))))

/** @param done runs when the user says that the codes are saved; the list is empty then */
export const keepCodes = (done: () => void) => {
  const texts = () => [...byId('code-list').children].map((item) => item.textContent)
  byId('download-codes').addEventListener('click', () => {
    const text = `${word('page.security.codes_file', { host: location.host })}\n\n${texts().join('\n')}\n`
    const href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    make('a', { href, download: 'recovery-codes.txt' }).click()
    setTimeout(() => URL.revokeObjectURL(href), keptMs)
  })
  byId('print-codes').addEventListener('click', () => print())
  byId('hide-codes').addEventListener('click', () => {
    byId('code-list').replaceChildren()
    done()
  })
}
