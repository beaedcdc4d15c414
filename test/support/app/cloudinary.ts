import { env } from 'cloudflare:workers'
import { createHash } from 'node:crypto'
import { vi } from 'vitest'

/** Credentials of an invented account. */
export const account = { key: '123456789012345', secret: 'a-secret_of_27_characters00', cloud: 'somebody' }

export const cloudinaryUrl = `cloudinary://${account.key}:${account.secret}@${account.cloud}`

/** Seconds by which a timestamp may be off, according to Cloudinary. */
const hour = 3600

type Answer = (url: URL, form: FormData) => Promise<Response | undefined> | Response | undefined

/**
 * Stands in for Cloudinary's upload API: checks URLs and signatures as its documentation says, really decodes pictures,
 * and keeps them. It refuses every other URL.
 */
export const cloudinaryStandIn = (now: () => Date) => {
  const pictures = new Map<string, Uint8Array<ArrayBuffer>>()
  const requests: { action: string; parameters: Record<string, string> }[] = []
  let instead: Answer = () => undefined
  let version = 1_700_000_000

  const refuse = (status: number, message: string) => Response.json({ error: { message } }, { status })

  const isSigned = (form: FormData) => {
    const parameters = [...form.keys()].filter((name) => !['file', 'api_key', 'signature'].includes(name)).sort()
    const text = parameters.map((name) => `${name}=${form.get(name)}`).join('&')
    return form.get('signature') === createHash('sha256').update(`${text}${account.secret}`).digest('hex')
  }

  const upload = async (form: FormData) => {
    const id = String(form.get('public_id'))
    if (form.get('transformation') !== 'c_fill,h_400,w_400' || form.get('format') !== 'webp')
      return refuse(400, 'Invalid transformation')
    const file = form.get('file')
    if (!(file instanceof File)) return refuse(400, 'Missing required parameter - file')
    try {
      const transformed = await env.IMAGES.input(file.stream())
        .transform({ width: 400, height: 400, fit: 'cover' })
        .output({ format: 'image/webp' })
      pictures.set(id, new Uint8Array(await transformed.response().arrayBuffer()))
    } catch {
      return refuse(400, 'Invalid image file')
    }
    const url = `res.cloudinary.com/${account.cloud}/image/upload/v${++version}/${id}.webp`
    return Response.json({ public_id: id, version, format: 'webp', url: `http://${url}`, secure_url: `https://${url}` })
  }

  const destroy = (form: FormData) =>
    Response.json({ result: pictures.delete(String(form.get('public_id'))) ? 'ok' : 'not found' })

  const answer = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input as RequestInfo, init)
    const url = new URL(request.url)
    const action = new RegExp(`^/v1_1/${account.cloud}/image/(upload|destroy)$`).exec(url.pathname)?.[1]
    if (url.origin !== 'https://api.cloudinary.com' || request.method !== 'POST' || !action)
      throw new Error(`a request to ${request.method} ${url}`)
    if (request.redirect !== 'manual' || !init?.signal) throw new Error('a request that follows others, or never ends')
    const form = await request.formData()
    const { file: _, ...parameters } = Object.fromEntries(form) as Record<string, string>
    requests.push({ action, parameters })
    const other = await instead(url, form)
    if (other) return other
    if (form.get('api_key') !== account.key) return refuse(401, 'Invalid api_key')
    if (!isSigned(form)) return refuse(401, 'Invalid Signature')
    if (Math.abs(Number(form.get('timestamp')) - now().getTime() / 1000) > hour) return refuse(400, 'Stale request')
    return action === 'upload' ? upload(form) : destroy(form)
  }

  vi.spyOn(globalThis, 'fetch').mockImplementation(answer as typeof fetch)
  return {
    pictures,
    requests,
    /** Sets a function whose reply replaces the usual one; if it returns undefined, the usual one is sent. */
    answers: (other: Answer) => {
      instead = other
    },
    /** The picture stored for a URL. */
    at: (url: string) => pictures.get(/\/v\d+\/(.+)\.webp$/.exec(url)?.[1] ?? ''),
  }
}
