import type { Bytes } from '../../../src/domain/webauthn/refusal.ts'

export const concat = (...parts: Uint8Array[]): Bytes => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export const hex = (text: string): Bytes =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

export const utf8 = (text: string): Bytes => Uint8Array.from(new TextEncoder().encode(text))

const head = (type: number, count: number) =>
  Uint8Array.from(
    count < 24
      ? [(type << 5) | count]
      : count < 256
        ? [(type << 5) | 24, count]
        : [(type << 5) | 25, count >> 8, count & 255],
  )

export type Writable = number | string | boolean | Uint8Array | Writable[] | Map<Writable, Writable>

/** Writes a value as CBOR (RFC 8949). Lengths are below 65,536. */
export const cbor = (value: Writable): Bytes => {
  if (typeof value === 'number') return concat(value < 0 ? head(1, -1 - value) : head(0, value))
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4)
  if (typeof value === 'string') return concat(head(3, utf8(value).length), utf8(value))
  if (value instanceof Uint8Array) return concat(head(2, value.length), value)
  if (Array.isArray(value)) return concat(head(4, value.length), ...value.map(cbor))
  return concat(head(5, value.size), ...[...value].flat().map(cbor))
}
