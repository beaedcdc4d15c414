import type { Context, MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import { largestPicture } from '../domain/avatars.ts'
import { AuthError } from '../domain/errors.ts'
import type { AppContext, AppEnv, SignedInEnv } from '../env.ts'
import { sessionShielded, signedIn } from './guards.ts'
import { forEveryOrigin } from './headers.ts'
import { mediaType } from './media.ts'
import { userReply } from './replies.ts'

/** Bytes of a form with one picture, including boundaries, names and other fields. */
const largestForm = largestPicture + 16 * 1024

/**
 * Passes on at most `most` bytes, counted as they arrive. A request's Content-Length only serves to refuse it earlier.
 */
const counted = (body: ReadableStream<Uint8Array>, most: number, onExcess: () => void) => {
  let size = 0
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.byteLength
        if (size <= most) return controller.enqueue(chunk)
        onExcess()
        controller.error(new Error('too large'))
      },
    }),
  )
}

const readForm = async (c: AppContext): Promise<FormData> => {
  const { body, headers } = c.req.raw
  const encoding = headers.get('Content-Encoding')
  if (mediaType(c) !== 'multipart/form-data' || (encoding !== null && encoding !== 'identity'))
    throw new AuthError('unsupported_media_type', { detail: 'Send a form, with Content-Type: multipart/form-data.' })
  let excess = Number(headers.get('Content-Length') ?? 0) > largestForm
  if (excess || !body) throw excess ? new AuthError('payload_too_large') : badForm('required', 'is required')
  const passed = counted(body, largestForm, () => {
    excess = true
  })
  try {
    return await new Response(passed, { headers: { 'Content-Type': headers.get('Content-Type')! } }).formData()
  } catch {
    throw excess ? new AuthError('payload_too_large') : badForm('invalid', 'is in a malformed form')
  }
}

const badForm = (code: string, detail: string) =>
  new AuthError('validation_failed', { errors: [{ field: 'file', code, detail }] })

/** Returns the bytes of the one file named `file`. Its name and type as sent by the client are ignored (ASVS 5.3.2). */
const pictureOf = async (c: AppContext): Promise<Uint8Array<ArrayBuffer>> => {
  const [file, another] = (await readForm(c)).getAll('file')
  if (!(file instanceof File)) throw badForm('required', 'must be a file')
  if (another !== undefined) throw badForm('invalid', 'must be a single file')
  return new Uint8Array(await file.arrayBuffer())
}

/**
 * What the typed client sends. The body is not validated here, because it is read only after the rate limit has
 * admitted the request.
 */
type SendsFile = { in: { form: { file: File } } }
const sendsFile: MiddlewareHandler<SignedInEnv, string, SendsFile> = (_, next) => next()

const upload = async (c: Context<SignedInEnv, string, SendsFile>) => {
  const { principal, visitor, services } = c.var
  return c.json(userReply(c, await services.avatars.upload(principal, () => pictureOf(c), visitor)))
}

/**
 * `/api/user`: one's own picture. A form with a picture has its own size limit, so app.ts mounts this before the limit
 * of all other bodies. That is also before the guards of the group, so each route names its guards.
 */
export const ownAvatar = new Hono<AppEnv>()
  .post('/upload-avatar', signedIn, sessionShielded, sendsFile, upload)
  .put('/avatar', signedIn, sessionShielded, sendsFile, upload)
  .delete('/avatar', signedIn, sessionShielded, async (c) => {
    const { principal, visitor, services } = c.var
    return c.json(userReply(c, await services.avatars.remove(principal, visitor)))
  })

/**
 * `/avatars`: pictures for everybody. A key always means the same picture, but a deleted one must also leave caches:
 * copies are validated by ETag after an hour.
 */
export const avatars = new Hono<AppEnv>().get('/:key', forEveryOrigin, etag(), async (c) => {
  const key = c.req.param('key')
  const { body, size } = await c.var.services.avatars.read(key)
  return c.body(body, 200, {
    'Content-Type': 'image/webp',
    'Content-Length': String(size),
    'Content-Disposition': 'inline; filename="avatar.webp"',
    'Cache-Control': 'public, max-age=3600, must-revalidate',
    ETag: `"${key}"`,
  })
})
