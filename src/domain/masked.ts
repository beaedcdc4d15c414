/**
 * Masks an address so that its owner recognises it and nobody else learns it: only the first character of each part and
 * the last label remain. With longer parts, somebody could put a message into another user's mail by choosing an
 * address.
 */
export const masked = (address: string): string => {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  const first = (text: string) => [...text][0] ?? ''
  return `${first(address)}•••@${first(domain)}•••${domain.slice(domain.lastIndexOf('.'))}`
}
