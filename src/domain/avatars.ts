import { imageDimensionsFromData } from 'image-dimensions'
import { auditEntry } from './audit.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { User, Visitor } from './model.ts'
import type { AvatarStore, OwnAvatarStore } from './ports/avatars.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { ProfileStore } from './ports/profiles.ts'
import type { ReauthenticationStore } from './ports/reauthentication.ts'
import type { Principal } from './proof.ts'

/** The largest upload in bytes (ASVS 5.2.1). */
export const largestPicture = 5 * 1024 * 1024

/**
 * The accepted formats, recognised by their first bytes; the file name and media type that the client sends are
 * ignored. SVG is not accepted: an SVG document can contain scripts.
 */
const kinds = new Set(['png', 'jpeg', 'webp'])

/**
 * The largest picture, in pixels. Cloudflare Images decodes up to 12,000 a side and 100 million in all; half of that
 * area already takes 200 MB when decoded.
 */
const longestSide = 12_000
const largestArea = 50_000_000

const badFile = (code: string, detail: string) =>
  new AuthError('validation_failed', { errors: [{ field: 'file', code, detail }] })

/** Refuses a picture by its header, before it is decoded (ASVS 5.2.2, 5.2.6). */
const check = (picture: Uint8Array) => {
  if (picture.byteLength > largestPicture) throw new AuthError('payload_too_large')
  if (picture.byteLength === 0) throw badFile('too_short', 'is empty')
  const found = imageDimensionsFromData(picture)
  if (!found || !kinds.has(found.type))
    throw new AuthError('unsupported_media_type', { detail: 'Send a picture in PNG, JPEG or WebP format.' })
  const { width, height } = found
  if (width === 0 || height === 0) throw undecodable()
  if (Math.max(width, height) > longestSide || width * height > largestArea)
    throw badFile('too_large', `is over ${longestSide} pixels a side or ${largestArea / 1e6} megapixels`)
}

const undecodable = () => badFile('undecodable', 'is damaged and cannot be read')

/** Whether the text has the form of a key in our own picture storage. Other texts never reach the storage. */
export const isAvatarKey = (text: string) => /^[A-Za-z0-9_-]{22}$/.test(text)

type Needs = {
  /** New pictures go to the first store; all stores can remove pictures that they still have. */
  stores: [AvatarStore, ...AvatarStore[]]
  own: OwnAvatarStore
  profileStore: Pick<ProfileStore, 'setAvatar'>
  reauthenticationStore: Pick<ReauthenticationStore, 'readLimited'>
  limits: Limits
  now: Clock
  defer: Defer
}

/** Profile pictures: 400 × 400 pixels, WebP, public to anybody who knows the URL. */
export const createAvatars = ({ stores, own, profileStore, reauthenticationStore, limits, now, defer }: Needs) => {
  /** Removes a picture. It may fail silently: the upkeep removes what stays behind in our own storage. */
  const forget = async (avatar: string): Promise<void> => {
    await Promise.all(stores.map((store) => store.remove([avatar])))
  }

  const set = async (sid: string, avatar: string | null, visitor: Visitor): Promise<User> => {
    const at = now()
    const done = await profileStore.setAvatar({ sid, avatar, audit: auditEntry(visitor, at), now: at })
    const left = done ? done.replaced : avatar
    if (left) defer(forget(left))
    if (!done) throw new AuthError('invalid_token')
    return done.user
  }

  return {
    /**
     * Sets the user's picture. The new picture is stored under a new key before the user's row points to it, and the
     * old one is removed afterwards, so that no failure leaves the row pointing to nothing.
     * @param read reads the body; called only after the rate limit has admitted the request
     * @throws AuthError `invalid_token`, `rate_limited`, `payload_too_large`, `unsupported_media_type`,
     * `validation_failed`
     */
    async upload(
      { sid, userId }: Principal,
      read: () => Promise<Uint8Array<ArrayBuffer>>,
      visitor: Visitor,
    ): Promise<User> {
      const begun = await reauthenticationStore.readLimited({ sid, limits: limits.avatar(userId), now: now() })
      if (!begun) throw new AuthError('invalid_token')
      if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, now())
      const picture = await read()
      check(picture)
      const avatar = await stores[0].keep(randomId(), picture)
      if (avatar === undefined) throw undecodable()
      return set(sid, avatar, visitor)
    },

    /** Removes the user's picture. Safe to repeat. @throws AuthError `invalid_token` */
    remove: ({ sid }: Principal, visitor: Visitor): Promise<User> => set(sid, null, visitor),

    forget,

    /** Returns a picture from our own storage. @throws AuthError `not_found` */
    async read(key: string): Promise<{ body: ReadableStream; size: number }> {
      const found = isAvatarKey(key) ? await own.read(key) : undefined
      if (!found) throw new AuthError('not_found')
      return found
    },
  }
}
