/**
 * An address by which its owner knows it and nobody else learns it: the first character of either part and the last
 * label. Nothing longer of it stays, so that nobody can write a message into somebody else's mail by choosing an address.
 */
export const masked = (address: string): string => {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  const first = (text: string) => [...text][0] ?? ''
  return `${first(address)}•••@${first(domain)}•••${domain.slice(domain.lastIndexOf('.'))}`
}
