import { env } from 'cloudflare:workers'
import type { TestApp } from './support.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** A form with a file, as a browser sends it. */
export const formWith = (picture: Bytes, { name = 'me.png', type = 'image/png' } = {}) => {
  const body = new FormData()
  body.set('file', new File([picture], name, { type }))
  return body
}

export const upload = (app: TestApp, bearer: string, picture: Bytes, named?: { name?: string; type?: string }) =>
  app.call('POST /api/user/upload-avatar', { bearer, body: formWith(picture, named) })

export const avatarOf = async (response: Response) =>
  ((await response.clone().json()) as { avatar_url: string | null }).avatar_url

export const pathOf = (url: string | null) => new URL(url ?? 'http://localhost/none').pathname

/** Uploads a picture. @returns the key under which it is stored */
export const keyOf = async (app: TestApp, bearer: string, picture: Bytes): Promise<string> =>
  pathOf(await avatarOf(await upload(app, bearer, picture)))
    .split('/')
    .at(-1)!

/** Returns the keys of all pictures in R2. */
export const keys = async () => (await env.AVATARS.list()).objects.map(({ key }) => key)
