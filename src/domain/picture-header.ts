export type PictureHeader = { type: 'png' | 'jpeg' | 'webp'; width: number; height: number }

/** Reads a number of 1 to 4 bytes; undefined beyond the end. */
const numberAt = (bytes: Uint8Array, at: number, size: number, littleEndian = false): number | undefined => {
  if (at + size > bytes.length) return
  const taken = bytes.slice(at, at + size)
  if (littleEndian) taken.reverse()
  return taken.reduce((number, byte) => number * 256 + byte, 0)
}

const wordAt = (bytes: Uint8Array, at: number, size = 4) => String.fromCharCode(...bytes.subarray(at, at + size))

/** Undefined if the file ends before both sides. */
const sides = (
  type: PictureHeader['type'],
  width: number | undefined,
  height: number | undefined,
  read = (number: number) => number,
) => (width === undefined || height === undefined ? undefined : { type, width: read(width), height: read(height) })

/** Some of Apple's tools put a chunk `CgBI` before the header chunk. */
const png = (bytes: Uint8Array) => {
  const at = wordAt(bytes, 12) === 'CgBI' ? 28 : 12
  return wordAt(bytes, at) === 'IHDR' ? sides('png', numberAt(bytes, at + 4, 4), numberAt(bytes, at + 8, 4)) : undefined
}

/** Goes from segment to segment until the header of the frame, SOF0 to SOF15 (ITU-T T.81 §B.1.1.3). */
const jpeg = (bytes: Uint8Array) => {
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1]!
    // Decoders skip bytes before a marker, and fill bytes of 255.
    if (bytes[at] !== 0xff || marker === 0xff) at++
    // TEM has no length.
    else if (marker === 0x01) at += 2
    // The scan begins, and no frame has been described.
    else if (marker === 0xda) return
    // 0xc4, 0xc8 and 0xcc are tables and a reserved marker.
    else if (marker >= 0xc0 && marker <= 0xcf && (marker === 0xc0 || marker % 4 > 0))
      return sides('jpeg', numberAt(bytes, at + 7, 2), numberAt(bytes, at + 5, 2))
    else at += 2 + numberAt(bytes, at + 2, 2)!
  }
}

const low14 = (number: number) => number % 2 ** 14

/** The first chunk is `VP8 ` (lossy), `VP8L` (lossless) or `VP8X` (RFC 9649 §2). */
const webp = (bytes: Uint8Array) => {
  const chunk = wordAt(bytes, 12)
  const size = numberAt(bytes, 16, 4, true) ?? 0
  const at = (offset: number, size: number) => numberAt(bytes, offset, size, true)
  if (chunk === 'VP8 ' && size >= 10) return sides('webp', at(26, 2), at(28, 2), low14)
  if (chunk === 'VP8L' && size >= 5 && bytes[20] === 0x2f) {
    const bits = at(21, 4)
    return sides('webp', bits, bits && Math.floor(bits / 2 ** 14), (number) => low14(number) + 1)
  }
  if (chunk === 'VP8X' && size >= 10) return sides('webp', at(24, 3), at(27, 3), (number) => number + 1)
}

/** Returns the format of a picture by its first bytes, and its sides in pixels. Undefined for any other file. */
export const pictureHeader = (bytes: Uint8Array): PictureHeader | undefined => {
  if (wordAt(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') return png(bytes)
  if (wordAt(bytes, 0, 3) === '\xff\xd8\xff') return jpeg(bytes)
  if (wordAt(bytes, 0) === 'RIFF' && wordAt(bytes, 8) === 'WEBP') return webp(bytes)
}
