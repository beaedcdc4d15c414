import { type Bytes, must } from './refusal.ts'

/**
 * Converts an ECDSA signature over P-256 from DER, as authenticators send it (WebAuthn Level 3 §6.5.5), to the r ‖ s of
 * 64 bytes that WebCrypto takes. Only DER's one encoding is accepted (X.690 §8.3.2, §10.1): an integer has neither a sign
 * bit nor a superfluous zero, and nothing follows.
 * @throws CeremonyRefused `signature`
 */
export const ecdsaSignature = (der: Bytes): Bytes => {
  const raw = new Uint8Array(64)
  must(der[0] === 0x30 && der[1] === der.length - 2, 'signature')
  let at = 2
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0
    const value = der.subarray(at + 2, at + 2 + length)
    must(der[at] === 2 && value[0]! < 128, 'signature')
    const digits = value[0] === 0 ? value.subarray(1) : value
    // A leading zero is there only to keep the sign bit clear. The integer 0 never occurs in a signature.
    must(digits.length <= 32 && (digits === value || digits[0]! >= 128), 'signature')
    raw.set(digits, end - digits.length)
    at += 2 + length
  }
  must(at === der.length, 'signature')
  return raw
}
