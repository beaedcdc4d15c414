import type { Macs, Purpose } from './macs.ts'

/**
 * Returns `id.MAC`, made with the key of the link's purpose. So a forged token costs no round trip, and no secret is
 * stored.
 */
export const linkToken = (macs: Macs, purpose: Purpose, id: string) => `${id}.${macs.sign(purpose, id)}`

/** Returns the link's id; undefined for a token that was not made for this purpose. */
export const readLinkToken = (macs: Macs, purpose: Purpose, token: string) => {
  const [, id, mac] = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? []
  return id && mac && macs.verify(purpose, id, mac) ? id : undefined
}
