import { type Bytes, CeremonyRefused, must } from './refusal.ts'

export type Cbor = number | string | boolean | null | Bytes | Cbor[] | Map<string | number, Cbor>

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const simple: { [info: number]: boolean | null } = { 20: false, 21: true, 22: null }

/** Nested deeper than any attestation statement of WebAuthn. */
const deepest = 8

/**
 * Reads one data item of the part of CBOR that authenticators write (RFC 8949, CTAP 2.2 §8): integers of up to 32 bits,
 * byte and text strings, arrays, maps, booleans and null. Everything else is refused, such as tags, floats, indefinite
 * lengths, and maps in which a key is neither text nor an integer, or occurs twice.
 * @returns the item, and the offset of the first byte after it
 * @throws CeremonyRefused `cbor`
 */
export const readCbor = (bytes: Bytes, start = 0): { value: Cbor; end: number } => {
  let at = start
  const take = (length: number): Bytes => {
    at += length
    must(at <= bytes.length, 'cbor')
    return bytes.subarray(at - length, at)
  }

  const read = (depth: number): Cbor => {
    must(depth <= deepest, 'cbor')
    const [first] = take(1) as unknown as [number]
    const info = first & 31
    const type = first >> 5
    if (type === 7) {
      const value = simple[info]
      must(value !== undefined, 'cbor')
      return value
    }
    must(info < 27, 'cbor')
    const count = info < 24 ? info : take(1 << (info - 24)).reduce((sum, byte) => sum * 256 + byte, 0)
    if (type === 0) return count
    if (type === 1) return -1 - count
    if (type === 2) return take(count)
    if (type === 3) {
      const text = take(count)
      try {
        return utf8.decode(text)
      } catch {
        throw new CeremonyRefused('cbor')
      }
    }
    if (type === 4) {
      const items: Cbor[] = []
      while (items.length < count) items.push(read(depth + 1))
      return items
    }
    must(type === 5, 'cbor')
    const map = new Map<string | number, Cbor>()
    while (map.size < count) {
      const key = read(depth + 1)
      must((typeof key === 'string' || typeof key === 'number') && !map.has(key), 'cbor')
      map.set(key, read(depth + 1))
    }
    return map
  }

  return { value: read(1), end: at }
}

/**
 * Reads a map that fills all of the bytes.
 * @throws CeremonyRefused `cbor`
 */
export const readCborMap = (bytes: Bytes): Map<string | number, Cbor> => {
  const { value, end } = readCbor(bytes)
  must(value instanceof Map && end === bytes.length, 'cbor')
  return value
}
