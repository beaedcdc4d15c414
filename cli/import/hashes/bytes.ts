import { fromBase64, fromHex } from '../../../src/domain/hashes/base64.ts'

const utf8 = new TextEncoder()

/** Returns base64 without padding, which our forms of other systems' hashes use. */
export const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replace(/=+$/, '')

/** Encodes a text as UTF-8, and that as base64 without padding. */
export const base64Of = (text: string): string => base64(utf8.encode(text))

/** Converts hexadecimal to base64 without padding. */
export const base64OfHex = (hex: string): string => base64(fromHex(hex.toLowerCase()))

/** Converts any variant of base64 to base64 without padding. Returns an empty text for anything else. */
export const plainBase64 = (text: string): string => base64(fromBase64(text) ?? new Uint8Array())

const cryptLetters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * Decodes the text that crypt(3) and phpass write: groups of up to four letters of six bits each, the lowest bits
 * first.
 * @param order the index of each byte in the result, because crypt(3) permutes the bytes of SHA-2 and MD5
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

/**
 * Flattens triples that are listed with the most significant byte first, as in the sources of crypt(3), into the order
 * in which `fromCrypt` reads bytes: the least significant first.
 */
const groups = (triples: number[][]) => triples.flatMap((triple) => [...triple].reverse())

/** Returns the triples of the SHA-2 variants, which rotate by `step` from one to the next. */
const rotating = (count: number, step: number) =>
  Array.from({ length: count }, (_, at) => {
    const triple = [at, at + count, at + 2 * count]
    const turn = (at * step) % 3
    return [...triple.slice(turn), ...triple.slice(0, turn)]
  })

/** The order in which the bytes of each digest are written. */
export const cryptOrder = {
  md5: groups([[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]]),
  sha256: groups([...rotating(10, 2), [31, 30]]),
  sha512: groups([...rotating(21, 1), [63]]),
}
