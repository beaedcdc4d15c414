import { fromBase64, fromHex } from '../../../src/domain/hashes/base64.ts'

const utf8 = new TextEncoder()

/** Base64 without padding, as our forms of other systems' hashes have it. */
export const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replace(/=+$/, '')

/** The same of a text's UTF-8. */
export const base64Of = (text: string): string => base64(utf8.encode(text))

/** Base64 of what is written in hexadecimal. */
export const base64OfHex = (hex: string): string => base64(fromHex(hex.toLowerCase()))

/** Base64 of any kind as base64 of ours; empty where it is none. */
export const plainBase64 = (text: string): string => base64(fromBase64(text) ?? new Uint8Array())

const cryptLetters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * What crypt(3) and phpass write: groups of up to four letters, each of six bits, the lowest first.
 * @param order where each byte belongs of those that a group has, for SHA and MD5 are written out of their order
 */
export const fromCrypt = (text: string, length: number, order?: number[]): Uint8Array => {
  const read: number[] = []
  for (let at = 0; at < text.length; at += 4) {
    const letters = text.slice(at, at + 4)
    const value = [...letters].reduce((sum, letter, place) => sum + cryptLetters.indexOf(letter) * 64 ** place, 0)
    for (let byte = 0; byte < letters.length - 1; byte++) read.push(Math.floor(value / 256 ** byte) & 255)
  }
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[order?.[at] ?? at] = read[at]!
  return bytes
}

/** Triples as the sources list them, the first of a group being its highest byte. */
const groups = (triples: number[][]) => triples.flatMap((triple) => [...triple].reverse())

const rotating = (count: number, step: number) =>
  Array.from({ length: count }, (_, at) => {
    const triple = [at, at + count, at + 2 * count]
    const turn = (at * step) % 3
    return [...triple.slice(turn), ...triple.slice(0, turn)]
  })

/** In which order the bytes of each digest are written. */
export const cryptOrder = {
  md5: groups([[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]]),
  sha256: groups([...rotating(10, 2), [31, 30]]),
  sha512: groups([...rotating(21, 1), [63]]),
}
