import { imageDimensionsFromData } from 'image-dimensions'
import { isAvatarKey } from '../domain/avatars.ts'
import { AuthError } from '../domain/errors.ts'
import type { OwnAvatarStore } from '../domain/ports/avatars.ts'
import { measured } from '../meter.ts'
import { withTimeout } from './database.ts'

/** Pixels of a side. */
const side = 400

/** Milliseconds after which Images and R2 are given up. */
const patience = 10_000

/**
 * Codes by which Images says that the picture is at fault: no image, too large, cannot be decoded, unsupported. 9523 is
 * also its word for faults of its own, but for a damaged file far more often. All others are ours or its own: a quota, say.
 */
const faultOfThePicture = new Set([9412, 9413, 9416, 9420, 9516, 9520, 9523])

const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await withTimeout(patience, work(), 'late')
  } catch (cause) {
    throw new AuthError('dependency_unavailable', { cause })
  }
}

/** Encoding anew leaves behind all metadata (places, names, thumbnails) and whatever was hidden in or after the file. */
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

/** What goes out for years under one type is looked at once. */
const isSquare = (encoded: Uint8Array) => {
  const { type, width, height } = imageDimensionsFromData(encoded) ?? {}
  return type === 'webp' && width === side && height === side
}

/** In R2, one object each: its key is the picture's. */
export const createR2Avatars = (bucket: R2Bucket, images: ImagesBinding): OwnAvatarStore => ({
  keep: (key, picture) =>
    attempt(async () => {
      const encoded = await measured('images', () => square(images, picture))
      if (!encoded) return
      if (!isSquare(encoded)) throw new Error('not what was asked for')
      await measured('r2', () => bucket.put(key, encoded, { httpMetadata: { contentType: 'image/webp' } }))
      return key
    }),

  remove: (avatars) => {
    const keys = avatars.filter(isAvatarKey)
    return keys.length === 0 ? Promise.resolve() : attempt(() => measured('r2', () => bucket.delete(keys)))
  },

  read: (key) =>
    attempt(async () => {
      const object = await measured('r2', () => bucket.get(key))
      return object ? { body: object.body, size: object.size } : undefined
    }),

  some: (after, limit) =>
    attempt(async () => {
      const { objects, truncated } = await measured('r2', () => bucket.list({ startAfter: after, limit }))
      const first = truncated
        ? []
        : (await measured('r2', () => bucket.list({ limit }))).objects.filter(({ key }) => key <= after)
      return [...objects, ...first]
        .slice(0, limit)
        .filter(({ key }) => isAvatarKey(key))
        .map(({ key, uploaded }) => ({ key, keptAt: uploaded }))
    }),
})
