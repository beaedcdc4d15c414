import { env } from 'cloudflare:workers'
import { deflateSync, inflateSync } from 'node:zlib'

/** Makes and reads pictures, byte by byte where it matters. */

type Bytes = Uint8Array<ArrayBuffer>
type Colour = readonly [red: number, green: number, blue: number]

export const join = (...parts: ArrayLike<number>[]): Bytes => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export const ascii = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** Returns the index at which the bytes of the text first occur, or -1. */
export const indexOf = (bytes: Uint8Array, text: string) => Buffer.from(bytes).indexOf(text, 0, 'latin1')

const uint = (value: number, length: number, little = false) => {
  const bytes = Array.from({ length }, (_, index) => Math.floor(value / 256 ** index) % 256)
  return little ? bytes : bytes.reverse()
}

const crc = (bytes: Uint8Array) => {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}

const pngChunk = (name: string, data: ArrayLike<number>) => {
  const named = join(ascii(name), data)
  return join(uint(data.length, 4), named, uint(crc(named), 4))
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** Returns a PNG whose header declares this size and RGB, with hardly any data. */
export const pngThatSays = (width: number, height: number) =>
  join(
    pngSignature,
    pngChunk('IHDR', [...uint(width, 4), ...uint(height, 4), 8, 2, 0, 0, 0]),
    pngChunk('IDAT', deflateSync(new Uint8Array(8))),
    pngChunk('IEND', []),
  )

/** W3C PNG, third edition: truecolour of 8 bits, no filter. `more`: chunks before the data. */
export const png = (width: number, height: number, colourAt: (x: number, y: number) => Colour, more: Bytes[] = []) => {
  const rows = new Uint8Array(height * (1 + width * 3))
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows.set(colourAt(x, y), y * (1 + width * 3) + 1 + x * 3)
  return join(
    pngSignature,
    pngChunk('IHDR', [...uint(width, 4), ...uint(height, 4), 8, 2, 0, 0, 0]),
    ...more,
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', []),
  )
}

export const pngText = (keyword: string, text: string) => pngChunk('tEXt', ascii(`${keyword}\0${text}`))

export const red: Colour = [255, 0, 0]
export const blue: Colour = [0, 0, 255]

/** Red on the left, blue on the right. */
export const twoColours = (width = 60, height = 40) => png(width, height, (x) => (x < width / 2 ? red : blue))

const encoded = async (picture: Bytes, format: 'image/jpeg' | 'image/webp' | 'image/png'): Promise<Bytes> => {
  const result = await env.IMAGES.input(new Blob([picture]).stream()).output({ format })
  return new Uint8Array(await result.response().arrayBuffer())
}

export const jpeg = (picture = twoColours()) => encoded(picture, 'image/jpeg')
export const webp = (picture = twoColours()) => encoded(picture, 'image/webp')

/** An entry of a TIFF directory (TIFF 6.0, section 2), little endian. */
const entry = (tag: number, type: number, count: number, value: number[]) => [
  ...uint(tag, 2, true),
  ...uint(type, 2, true),
  ...uint(count, 4, true),
  ...value,
  ...Array.from({ length: 4 - value.length }, () => 0),
]

const directory = (...entries: number[][]) => [...uint(entries.length, 2, true), ...entries.flat(), 0, 0, 0, 0]

/** What a phone writes into a photograph (Exif 2.32): orientation, model, and place (48° 12′ 30″ N, 16° 22′ 23″ E). */
export const exif = (orientation: number) => {
  const make = ascii('Sentinel Phone\0')
  const first = 8
  const directoryBytes = 2 + 3 * 12 + 4
  const makeAt = first + directoryBytes
  const gpsAt = makeAt + make.length + (make.length % 2)
  const gpsBytes = 2 + 4 * 12 + 4
  const latitudeAt = gpsAt + gpsBytes
  const rational = (...values: number[]) => values.flatMap((value) => [...uint(value, 4, true), ...uint(1, 4, true)])
  return join(
    ascii('Exif\0\0II*\0'),
    uint(first, 4, true),
    directory(
      entry(0x010f, 2, make.length, uint(makeAt, 4, true)),
      entry(0x0112, 3, 1, uint(orientation, 2, true)),
      entry(0x8825, 4, 1, uint(gpsAt, 4, true)),
    ),
    make,
    make.length % 2 ? [0] : [],
    directory(
      entry(1, 2, 2, [...ascii('N\0')]),
      entry(2, 5, 3, uint(latitudeAt, 4, true)),
      entry(3, 2, 2, [...ascii('E\0')]),
      entry(4, 5, 3, uint(latitudeAt + 24, 4, true)),
    ),
    rational(48, 12, 30),
    rational(16, 22, 23),
  )
}

const segment = (marker: number, data: Uint8Array) => join([0xff, marker], uint(data.length + 2, 2), data)

/** Returns a JPEG with these Exif data, XMP and a comment right after its start (ITU-T T.81, B.1.1). */
export const photograph = async (picture = twoColours(), orientation = 1) => {
  const plain = await jpeg(picture)
  return join(
    plain.subarray(0, 2),
    segment(0xe1, exif(orientation)),
    segment(0xe1, ascii('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Sentinel Person</x:xmpmeta>')),
    segment(0xfe, ascii('Sentinel Comment')),
    plain.subarray(2),
  )
}

const riffChunk = (name: string, data: ArrayLike<number>) =>
  join(ascii(name), uint(data.length, 4, true), data, data.length % 2 ? [0] : [])

type Chunk = { name: string; data: Bytes }

/** Returns the chunks of a WebP file (RFC 9649 §2.3). Throws if it is not one, or declares a wrong length. */
export const webpChunks = (bytes: Bytes): Chunk[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (text(0) !== 'RIFF' || text(8) !== 'WEBP') throw new Error('not a WebP file')
  if (view.getUint32(4, true) + 8 !== bytes.length) throw new Error('a WebP file of another length')
  const chunks: Chunk[] = []
  for (let at = 12; at < bytes.length; ) {
    const length = view.getUint32(at + 4, true)
    chunks.push({ name: text(at), data: bytes.slice(at + 8, at + 8 + length) })
    at += 8 + length + (length % 2)
  }
  return chunks
}

/** An animation of two frames (RFC 9649 §2.7.1.1), with Exif data at its end. */
export const animation = async (width = 60, height = 40) => {
  const frames = await Promise.all([red, blue].map((colour) => webp(png(width, height, () => colour))))
  const size = [...uint(width - 1, 3, true), ...uint(height - 1, 3, true)]
  const body = join(
    ascii('WEBP'),
    riffChunk('VP8X', [0b00001010, 0, 0, 0, ...size]),
    riffChunk('ANIM', [0, 0, 0, 0, 0, 0]),
    ...frames.map((frame) => {
      const [bitmap] = webpChunks(frame).filter(({ name }) => name.startsWith('VP8') && name !== 'VP8X')
      return riffChunk('ANMF', [
        ...[0, 0, 0, 0, 0, 0],
        ...size,
        ...uint(100, 3, true),
        0,
        ...riffChunk(bitmap!.name, bitmap!.data),
      ])
    }),
    riffChunk('EXIF', exif(1).subarray(6)),
  )
  return join(ascii('RIFF'), uint(body.length, 4, true), body)
}

/** Returns the colour of a pixel, read from a PNG made of the picture, whose rows are filtered (W3C PNG §9). */
export const colourAt = async (picture: Bytes, x: number, y: number): Promise<Colour> => {
  const bytes = await encoded(picture, 'image/png')
  const view = new DataView(bytes.buffer)
  const width = view.getUint32(16)
  const channels = ({ 2: 3, 6: 4 } as Record<number, number>)[bytes[25]!]
  if (!channels || bytes[24] !== 8 || bytes[28] !== 0) throw new Error('a PNG of another form')
  const data: Uint8Array[] = []
  for (let at = 8; at < bytes.length; at += 12 + view.getUint32(at))
    if (indexOf(bytes.subarray(at + 4, at + 8), 'IDAT') === 0)
      data.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)))
  const rows = inflateSync(join(...data))
  const stride = width * channels
  let above = new Uint8Array(stride)
  for (let row = 0; ; row++) {
    const from = row * (stride + 1)
    const current = new Uint8Array(rows.subarray(from + 1, from + 1 + stride))
    for (let index = 0; index < stride; index++) {
      const left = index < channels ? 0 : current[index - channels]!
      const up = above[index]!
      const corner = index < channels ? 0 : above[index - channels]!
      current[index]! += predicted(rows[from]!, left, up, corner)
    }
    if (row === y) return [current[x * channels]!, current[x * channels + 1]!, current[x * channels + 2]!]
    above = current
  }
}

const predicted = (filter: number, left: number, up: number, corner: number): number => {
  if (filter === 4) {
    const [a, b, c] = [left, up, corner].map((near) => Math.abs(left + up - corner - near)) as [number, number, number]
    return a <= b && a <= c ? left : b <= c ? up : corner
  }
  return [0, left, up, (left + up) >> 1][filter]!
}
