import { all, byId } from './dom.ts'

/** The address that somebody typed on one page, for the next one: nobody types it twice (WCAG 2.2, 3.3.7). */

const kept = 'typed address'

export const takeAddress = (): string => {
  const address = sessionStorage.getItem(kept) ?? ''
  sessionStorage.removeItem(kept)
  return address
}

export const keepAddress = (address: string) => sessionStorage.setItem(kept, address)

/** Fills the field with the address of the page before, and hands it on to the pages that links lead to. */
export const carryAddress = () => {
  const field = byId<HTMLInputElement>('email')
  const address = takeAddress()
  if (field.value === '') field.value = address
  for (const link of all('[data-carry-address]')) link.addEventListener('click', () => keepAddress(field.value))
}
