/**
 * Decodes base64 as password hashes use it: the standard alphabet (RFC 4648 §4), the URL alphabet, and passlib's with
 * `.` for `+`; with or without padding. Undefined for anything else.
 */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  if (!/^[A-Za-z0-9+/._-]*={0,2}$/.test(text)) return
  try {
    const standard = text.replace(/[.-]/g, '+').replaceAll('_', '/')
    return Uint8Array.from(atob(standard), (character) => character.charCodeAt(0))
  } catch {}
}

export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
