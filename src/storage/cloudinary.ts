import * as z from 'zod/mini'
import { AuthError } from '../domain/errors.ts'
import type { AvatarStore } from '../domain/ports/avatars.ts'
import type { Clock } from '../domain/ports/outside.ts'
import { measured } from '../meter.ts'
import type { Cloudinary } from '../setting-values.ts'

/** Milliseconds that one request may take, the picture on its way included. */
const patience = 5000

/** A removal that fails has nobody who repeats it later, as ours in R2 has: so it is tried so often, with pauses between. */
const tries = 3
const pause = 500

/** Every picture is kept below this name in the account, which may hold others. */
const folder = 'avatars'

const Uploaded = z.object({ secure_url: z.url({ protocol: /^https$/ }) })
const Failed = z.object({ error: z.object({ message: z.string() }) })

const utf8 = new TextEncoder()

/** The status is what the log shows: 401 for a wrong secret, 420 for too much. */
const refused = (status: number) => Object.assign(new Error('refused'), { code: status })

/**
 * The form that Cloudinary's upload API takes: the parameters, who sends them, and the signature over them. That is the
 * hexadecimal SHA-256 of the sorted parameters with the secret at the end. Not an HMAC: it is their protocol, which offers
 * SHA-1 or SHA-256 and distinguishes them by their length.
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

/** The public id of a picture of ours by its URL: `…/avatars/KEY.webp`. */
const publicIdOf = (avatar: string) => /^https:\/\/[^?#]+\/(avatars\/[A-Za-z0-9_-]{22})\.webp$/.exec(avatar)?.[1]

/**
 * Pictures in an account at Cloudinary, made square before they are kept (an incoming transformation), so that nothing
 * of the original stays there. `User.avatar` is the URL that Cloudinary gives. https://cloudinary.com/documentation/image_upload_api_reference
 */
export const createCloudinaryAvatars = (account: Cloudinary, now: Clock): AvatarStore => {
  const request = async (action: 'upload' | 'destroy', parameters: Record<string, string>, file?: Blob) => {
    const timestamp = String(Math.floor(now().getTime() / 1000))
    const form = await signed(account, { ...parameters, timestamp })
    if (file) form.set('file', file)
    return measured('fetch', async () => {
      const response = await fetch(`https://api.cloudinary.com/v1_1/${account.cloud}/image/${action}`, {
        method: 'POST',
        body: form,
        redirect: 'manual',
        signal: AbortSignal.timeout(patience),
      })
      return { status: response.status, body: (await response.json()) as unknown }
    })
  }

  const destroy = async (publicId: string) => {
    for (let attempt = 1; ; attempt++) {
      try {
        // "not found" is 200 too. `invalidate`: out of their caches as well.
        const { status } = await request('destroy', { public_id: publicId, invalidate: 'true' })
        if (status !== 200) throw refused(status)
        return
      } catch (cause) {
        if (attempt === tries) throw new AuthError('dependency_unavailable', { cause })
        await scheduler.wait(pause * attempt)
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
        // Any other could not be removed again.
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
