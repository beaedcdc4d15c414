import * as z from 'zod/mini'
import { AuthError } from '../domain/errors.ts'
import type { AvatarStore } from '../domain/ports/avatars.ts'
import type { Clock } from '../domain/ports/outside.ts'
import { timed } from '../meter.ts'
import type { Cloudinary } from '../setting-values.ts'

/** Milliseconds that one request may take, including the upload of the picture. */
const timeoutMs = 5000

/**
 * How often a removal is tried, and the milliseconds between two tries. Unlike for our own pictures in R2, nothing
 * repeats a failed removal later.
 */
const tries = 3
const pauseMs = 500

/** The folder of every picture, because the account may contain other files. */
const folder = 'avatars'

const Uploaded = z.object({ secure_url: z.url({ protocol: /^https$/ }) })
const Failed = z.object({ error: z.object({ message: z.string() }) })

const utf8 = new TextEncoder()

/** An error whose code appears in the log: the status, such as 401 for a wrong secret and 420 for too many requests. */
const refused = (status: number) => Object.assign(new Error('refused'), { code: status })

/**
 * Returns the form for Cloudinary's upload API: the parameters, the key, and the signature. The signature is the
 * hexadecimal SHA-256 of the sorted parameters followed by the secret. It is not an HMAC: their protocol offers SHA-1
 * or SHA-256 of this text and tells them apart by length.
 */
const signed = async ({ key, secret }: Cloudinary, parameters: Record<string, string>): Promise<FormData> => {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))
  const text = sorted.map(([name, value]) => `${name}=${value}`).join('&')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text + secret)))
  const form = new FormData()
  for (const [name, value] of sorted) form.set(name, value)
  form.set('api_key', key)
  form.set('signature', [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join(''))
  return form
}

/** Returns the public id of a picture from its URL: `…/avatars/KEY.webp`. */
const publicIdOf = (avatar: string) => /^https:\/\/[^?#]+\/(avatars\/[A-Za-z0-9_-]{22})\.webp$/.exec(avatar)?.[1]

/**
 * Pictures in a Cloudinary account. An incoming transformation makes them square before they are stored, so that
 * nothing of the original remains there. `User.avatar` is the URL that Cloudinary returns.
 * https://cloudinary.com/documentation/image_upload_api_reference
 */
export const createCloudinaryAvatars = (account: Cloudinary, now: Clock): AvatarStore => {
  const request = async (action: 'upload' | 'destroy', parameters: Record<string, string>, file?: Blob) => {
    const timestamp = String(Math.floor(now().getTime() / 1000))
    const form = await signed(account, { ...parameters, timestamp })
    if (file) form.set('file', file)
    return timed('fetch', async () => {
      const response = await fetch(`https://api.cloudinary.com/v1_1/${account.cloud}/image/${action}`, {
        method: 'POST',
        body: form,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      return { status: response.status, body: (await response.json()) as unknown }
    })
  }

  const destroy = async (publicId: string) => {
    for (let attempt = 1; ; attempt++) {
      try {
        // The status for "not found" is also 200. `invalidate` also removes the picture from Cloudinary's caches.
        const { status } = await request('destroy', { public_id: publicId, invalidate: 'true' })
        if (status !== 200) throw refused(status)
        return
      } catch (cause) {
        if (attempt === tries) throw new AuthError('dependency_unavailable', { cause })
        await scheduler.wait(pauseMs * attempt)
      }
    }
  }

  return {
    async keep(key, picture) {
      const publicId = `${folder}/${key}`
      const parameters = { public_id: publicId, transformation: 'c_fill,h_400,w_400', format: 'webp' }
      try {
        const { status, body } = await request('upload', parameters, new Blob([picture]))
        if (status === 400 && Failed.safeParse(body).data?.error.message.startsWith('Invalid image file')) return
        if (status !== 200) throw refused(status)
        const { secure_url } = Uploaded.parse(body)
        // A picture under another name could not be removed again.
        if (publicIdOf(secure_url) !== publicId) throw new Error('another name')
        return secure_url
      } catch (cause) {
        throw new AuthError('dependency_unavailable', { cause })
      }
    },

    async remove(avatars) {
      await Promise.all(avatars.flatMap((avatar) => publicIdOf(avatar) ?? []).map(destroy))
    },
  }
}
