import { imageDimensionsFromData } from 'image-dimensions'
import { describe, it } from 'vitest'
import { pictureHeader } from '../../src/domain/picture-header.ts'
import { ascii, join } from '../support/app/pictures.ts'

const byte = () => Math.floor(Math.random() * 256)
const bytes = (count: number) => Uint8Array.from({ length: count }, byte)
const pick = <T>(...all: T[]): T => all[Math.floor(Math.random() * all.length)]!

const chunk = (name: string) => join(ascii(name), [pick(0, 4, 5, 9, 10, 30), 0, 0, pick(0, 0, 1)])

/** Heads of files with random sides, some with faults. */
const makers = {
  png: () =>
    join(
      ascii('\x89PNG\r\n\x1a\n'),
      pick(join([0, 0, 0, 4], ascii('CgBI'), bytes(8)), ascii('')),
      [0, 0, 0, 13],
      ascii(pick('IHDR', 'IHDR', 'IDAT')),
      bytes(8),
    ),
  jpeg: () =>
    join(
      [0xff, 0xd8],
      ...Array.from({ length: pick(0, 1, 3) }, () =>
        join([0xff, pick(0xe0, 0xe1, 0xdb, 0xc4, 0xc8, 0xcc)], [0, 4], bytes(2)),
      ),
      pick([], [0xff], [0xff, 0xff], [0x00, 0x12], [0xff, 0x01]),
      [0xff, pick(0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xcf, 0xda, 0xd9)],
      [0, 11, 8],
      bytes(6),
    ),
  webp: () =>
    join(
      ascii('RIFF'),
      bytes(4),
      ascii('WEBP'),
      chunk(pick('VP8 ', 'VP8L', 'VP8X', 'ALPH')),
      [pick(0x2f, 0x2f, 0x30)],
      bytes(12),
    ),
}

const kinds = new Set(['png', 'jpeg', 'webp'])

/** What the library says, of the formats that are accepted. */
const theirs = (picture: Uint8Array<ArrayBuffer>) => {
  const found = imageDimensionsFromData(picture)
  return found && kinds.has(found.type) ? { ...found } : undefined
}

describe('the header of a picture', () => {
  it.for(Object.entries(makers))(
    'of %s is read as the library image-dimensions reads it, also if cut off',
    ([, make], { expect }) => {
      let read = 0
      for (let round = 0; round < 2000; round++) {
        const whole = make()
        const picture = pick(whole, whole, whole.slice(0, Math.floor(Math.random() * whole.length)))
        const wanted = theirs(picture)
        if (wanted) read++
        expect(pictureHeader(picture), Array.from(picture).join()).toEqual(wanted)
      }
      expect(read).toBeGreaterThan(200)
    },
  )

  it('of other files is none', ({ expect }) => {
    for (const text of ['', 'GIF89a\x01\0\x01\0', '<svg xmlns="http://www.w3.org/2000/svg">', 'RIFF\0\0\0\0WAVE', 'BM'])
      expect(pictureHeader(ascii(text))).toBeUndefined()
    for (let round = 0; round < 500; round++) expect(pictureHeader(bytes(64))).toEqual(theirs(bytes(0)))
  })
})
