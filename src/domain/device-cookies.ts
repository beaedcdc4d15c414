import type { Macs } from './macs.ts'
import type { DeviceCookie } from './model.ts'

/** Seconds for which a device stays known without a log-in. Browsers keep no cookie longer (RFC 6265bis §5.5). */
export const deviceCookieSeconds = 400 * 86_400

export type DeviceCookies = ReturnType<typeof createDeviceCookies>

/**
 * A device cookie is `key.device.user.since.MAC`. It proves that the device logged in as that user at `since`
 * (milliseconds in base 36). It grants no access: it only lets failures on this device be counted apart from those of
 * strangers, as OWASP's device cookies do. The token of a trusted device has the same form and a key of its own.
 */
export const createDeviceCookies = (macs: Macs, purpose: 'device' | 'trust' = 'device') => ({
  /** `id`: 128 random bits, or the previous id of a known device, so that the device keeps its failure counter. */
  issue: (id: string, userId: string, now: Date): string => {
    const name = `${macs.firstKeyId}.${id}.${userId}.${now.getTime().toString(36)}`
    return `${name}.${macs.sign(purpose, name)}`
  },

  /** Undefined if the cookie is forged or older than browsers keep cookies. */
  read: (token: string, now: Date): DeviceCookie | undefined => {
    const [, name, keyId, id, userId, time, mac] =
      /^(([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]{22})\.([0-9a-f-]{36})\.([0-9a-z]{1,10}))\.([A-Za-z0-9_-]{43})$/.exec(
        token,
      ) ?? []
    if (!name || !keyId || !id || !userId || !time || !mac || !macs.verify(purpose, name, mac, keyId)) return
    const since = new Date(Number.parseInt(time, 36))
    return now.getTime() - since.getTime() < deviceCookieSeconds * 1000 ? { id, userId, since } : undefined
  },
})
