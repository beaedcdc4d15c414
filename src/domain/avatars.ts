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

/** Bytes of a picture as it is sent (ASVS 5.2.1). */
export const largestPicture = 5 * 1024 * 1024

/** By its bytes; neither the name nor the type that the client gives is read. SVG is a document that can hold scripts. */
const kinds = new Set(['png', 'jpeg', 'webp'])

/** Pixels. Cloudflare Images decodes 12,000 a side and 100 million in all; half of these are 200 MB when decoded. */
const longestSide = 12_000
const largestArea = 50_000_000

const badFile = (code: string, detail: string) =>
  new AuthError('validation_failed', { errors: [{ field: 'file', code, detail }] })

/** Refuses by what the file says of itself, before anybody decodes it (ASVS 5.2.2, 5.2.6). */
const check = (picture: Uint8Array) => {
  if (picture.byteLength > largestPicture) throw new AuthError('payload_too_large')
  if (picture.byteLength === 0) throw badFile('too_short', 'is empty')
  const found = imageDimensionsFromData(picture)
  if (!found || !kinds.has(found.type))
    throw new AuthError('unsupported_media_type', { detail: 'Send a picture in PNG, JPEG or WebP format.' })
  const { width, height } = found
  if (width === 0 || height === 0) throw undecodable()
  if (Math.max(width, height) > longestSide || width * height > largestArea)
    throw badFile('too_large', `is larger than ${longestSide} pixels a side or ${largestArea / 1e6} megapixels in all`)
}

const undecodable = () => badFile('undecodable', 'is damaged and cannot be read')

/** The keys of pictures that we keep: nothing else reaches the storage. */
export const isAvatarKey = (text: string) => /^[A-Za-z0-9_-]{22}$/.test(text)

type Needs = {
  /** The first keeps what comes from now on; all give up what they still have. */
  stores: [AvatarStore, ...AvatarStore[]]
  own: OwnAvatarStore
  profileStore: Pick<ProfileStore, 'setAvatar'>
  reauthenticationStore: Pick<ReauthenticationStore, 'readLimited'>
  limits: Limits
  now: Clock
  defer: Defer
}

/** Pictures of users: a square of 400 × 400, WebP, that anybody may see who knows its address. */
export const createAvatars = ({ stores, own, profileStore, reauthenticationStore, limits, now, defer }: Needs) => {
  /** Best effort; what stays behind in our own storage the upkeep finds. */
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
     * Makes the picture the user's own. It is kept under a new key before the user points to it, and the one before goes
     * after that: whatever fails, a user never points to nothing.
     * @param read gives the bytes; it is called once the limit has let the request pass
     * @throws AuthError `invalid_token`, `rate_limited`, `payload_too_large`, `unsupported_media_type`, `validation_failed`
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

    /** Safe to repeat. @throws AuthError `invalid_token` */
    remove: ({ sid }: Principal, visitor: Visitor): Promise<User> => set(sid, null, visitor),

    forget,

    /** A picture that we keep. @throws AuthError `not_found` */
    async read(key: string): Promise<{ body: ReadableStream; size: number }> {
      const found = isAvatarKey(key) ? await own.read(key) : undefined
      if (!found) throw new AuthError('not_found')
      return found
    },
  }
}
