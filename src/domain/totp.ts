import { randomBytes } from './ids.ts'

/** Authenticator apps: time-based codes (RFC 6238) with the parameters that every app supports. */

/** Bytes of a seed: as many as the HMAC has (RFC 4226 §4 R6). */
const seedBytes = 20

const stepMs = 30_000
const digits = 6

/** How many steps before and after the present one are accepted: clocks differ, and people type slowly (§5.2). */
const tolerated = 1

const signs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Base32 without padding (RFC 4648 §6), the form in which apps take a seed. */
export const base32 = {
  encode: (bytes: Uint8Array): string => {
    const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    return (bits.match(/.{1,5}/g) ?? []).map((five) => signs[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
  },
  /** Undefined for text with other characters. */
  decode: (text: string): Uint8Array<ArrayBuffer> | undefined => {
    if (!/^[A-Z2-7]+$/.test(text)) return
    const bits = [...text].map((sign) => signs.indexOf(sign).toString(2).padStart(5, '0')).join('')
    return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
  },
}

/** Returns a random seed in base32. */
export const newSeed = (): string => base32.encode(randomBytes(seedBytes))

/** The associated data of a stored seed's encryption, so that no row can take over another's seed. */
export const seedAbout = (id: string, userId: string) => `totp ${id} ${userId}`

/**
 * Returns the one-time password of a counter (RFC 4226 §5.3).
 * @param length digits
 */
export const oneTimePassword = async (
  seed: Uint8Array,
  counter: number,
  length = digits,
  hash = 'SHA-1',
): Promise<string> => {
  const key = await crypto.subtle.importKey('raw', seed, { name: 'HMAC', hash }, false, ['sign'])
  const message = new DataView(new ArrayBuffer(8))
  message.setBigUint64(0, BigInt(counter))
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, message))
  const number = mac.getUint32(mac.getUint8(mac.byteLength - 1) & 15) & 0x7fffffff
  return String(number % 10 ** length).padStart(length, '0')
}

/** Returns the time step of a moment (RFC 6238 §4.2). */
export const stepOf = (at: Date) => Math.floor(at.getTime() / stepMs)

/** Returns a typed code without its spaces; undefined for anything that is not a code. */
export const typedCode = (text: string): string | undefined => {
  const code = text.replace(/\s/g, '')
  return /^[0-9]{6}$/.test(code) ? code : undefined
}

const utf8 = new TextEncoder()

/**
 * Returns the newest acceptable step whose code this is; undefined if there is none above `lastStep`. Every acceptable
 * code is computed and compared in constant time (ASVS 11.2.4).
 */
export const matchingStep = async (
  seed: Uint8Array,
  code: string,
  at: Date,
  lastStep: number,
): Promise<number | undefined> => {
  const now = stepOf(at)
  let newest: number | undefined
  for (let step = now - tolerated; step <= now + tolerated; step++) {
    const right = await oneTimePassword(seed, step)
    if (crypto.subtle.timingSafeEqual(utf8.encode(right), utf8.encode(code)) && step > lastStep) newest = step
  }
  return newest
}

/** Returns the URI that apps read as a QR code (Key URI Format). Apps ignore parameters other than the usual ones. */
export const otpauthUri = (secret: string, issuer: string, address: string): string => {
  const [name, label] = [issuer, address].map(encodeURIComponent)
  return `otpauth://totp/${name}:${label}?secret=${secret}&issuer=${name}`
}
