import { imageDimensionsFromData } from 'image-dimensions'
import { isAvatarKey } from '../domain/avatars.ts'
import { AuthError } from '../domain/errors.ts'
import type { OwnAvatarStore } from '../domain/ports/avatars.ts'
import { timed } from '../meter.ts'
import { withTimeout } from './database.ts'

/** Pixels of each side. */
const side = 400

/** Milliseconds after which a call to Images or R2 is abandoned. */
const timeoutMs = 10_000

/**
 * Error codes of Images for a faulty picture: not an image, too large, cannot be decoded, unsupported. Images also uses
 * 9523 for its own faults, but far more often for a damaged file. All other codes are our fault or that of Images, such
 * as a quota.
 */
const faultOfThePicture = new Set([9412, 9413, 9416, 9420, 9516, 9520, 9523])

const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await withTimeout(timeoutMs, work(), 'late')
  } catch (cause) {
    throw new AuthError('dependency_unavailable', { cause })
  }
}

/**
 * Re-encodes a picture as a square. That removes all metadata (places, names, thumbnails) and anything hidden in or
 * after the file.
 */
const square = async (images: ImagesBinding, picture: Uint8Array<ArrayBuffer>) => {
  try {
    const encoded = await images
      .input(new Blob([picture]).stream())
      .transform({ width: side, height: side, fit: 'cover' })
      .output({ format: 'image/webp', anim: false })
    return new Uint8Array(await encoded.response().arrayBuffer())
  } catch (error) {
    if (faultOfThePicture.has((error as Partial<ImagesError>).code ?? 0)) return
    throw error
  }
}

/** Whether the result really is a square WebP: it is served for years under that type. */
const isSquare = (encoded: Uint8Array) => {
  const { type, width, height } = imageDimensionsFromData(encoded) ?? {}
  return type === 'webp' && width === side && height === side
}

/** Pictures in R2, one object each, under the picture's key. */
export const createR2Avatars = (bucket: R2Bucket, images: ImagesBinding): OwnAvatarStore => ({
  keep: (key, picture) =>
    attempt(async () => {
      const encoded = await timed('images', () => square(images, picture))
      if (!encoded) return
      if (!isSquare(encoded)) throw new Error('not what was asked for')
      await timed('r2', () => bucket.put(key, encoded, { httpMetadata: { contentType: 'image/webp' } }))
      return key
    }),

  remove: (avatars) => {
    const keys = avatars.filter(isAvatarKey)
    return keys.length === 0 ? Promise.resolve() : attempt(() => timed('r2', () => bucket.delete(keys)))
  },

  read: (key) =>
    attempt(async () => {
      const object = await timed('r2', () => bucket.get(key))
      return object ? { body: object.body, size: object.size } : undefined
    }),

  some: (after, limit) =>
    attempt(async () => {
      const { objects, truncated } = await timed('r2', () => bucket.list({ startAfter: after, limit }))
      const first = truncated
        ? []
        : (await timed('r2', () => bucket.list({ limit }))).objects.filter(({ key }) => key <= after)
      return [...objects, ...first]
        .slice(0, limit)
        .filter(({ key }) => isAvatarKey(key))
        .map(({ key, uploaded }) => ({ key, keptAt: uploaded }))
    }),
})
