import { byId, make } from './dom.ts'

/** The recovery codes of `RecoveryCodes.astro`. */

export const showCodes = (codes: string[]) => {
  byId('code-list').replaceChildren(...codes.map((code) => make('li', {}, make('code', {}, code))))
  byId('codes').hidden = false
  byId('codes-title').focus()
}

/** Calls `act` when the user says that the codes are saved. */
export const onceSaved = (act: () => void) =>
  byId('hide-codes').addEventListener('click', () => {
    byId('codes').hidden = true
    byId('code-list').replaceChildren()
    act()
  })

const texts = () => [...byId('code-list').children].map((item) => item.textContent)

byId('download-codes').addEventListener('click', () => {
  const text = `Recovery codes for ${location.host}. Each works once.\n\n${texts().join('\n')}\n`
  const href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  make('a', { href, download: 'recovery-codes.txt' }).click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
})
byId('print-codes').addEventListener('click', () => print())
