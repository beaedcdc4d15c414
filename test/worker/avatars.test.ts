import { env } from 'cloudflare:workers'
import { hc } from 'hono/client'
import { beforeEach, describe, it } from 'vitest'
import type { App } from '../../src/app.ts'
import { limits } from '../../src/domain/limits.ts'
import { avatarOf, type Bytes, formWith, keys, pathOf, upload } from '../support/app/avatar-support.ts'
import {
  animation,
  ascii,
  blue,
  colourAt,
  indexOf,
  join,
  jpeg,
  photograph,
  png,
  pngText,
  pngThatSays,
  red,
  twoColours,
  webp,
  webpChunks,
} from '../support/app/pictures.ts'
import { codeOf, fromOurPage, logIn, profile, signedInUser, startApp, type TestApp } from '../support/app/support.ts'

const fetched = async (app: TestApp, url: string | null) =>
  new Uint8Array(await (await app.call(`GET ${pathOf(url)}`)).arrayBuffer())

/** Creates a user with a picture, so that a refusal has something to lose. */
const pictured = async (app: TestApp) => {
  const user = await signedInUser(app)
  const avatar = await avatarOf(await upload(app, user.access_token, twoColours()))
  return { ...user, avatar }
}

/** Wraps a binding, and counts how often it is called. */
const watched = <T extends object>(binding: T) => {
  const calls: string[] = []
  const proxy = new Proxy(binding, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as (...values: unknown[]) => unknown
      return (...values: unknown[]) => {
        calls.push(String(name))
        return member.apply(target, values)
      }
    },
  })
  return { calls, proxy }
}

beforeEach(async () => {
  await env.AVATARS.delete(await keys())
})

describe('a picture', () => {
  it.for([
    { kind: 'a PNG', picture: () => twoColours() },
    { kind: 'a JPEG', picture: () => jpeg() },
    { kind: 'a WebP', picture: () => webp() },
    { kind: 'a PNG of 10 × 20', picture: () => twoColours(10, 20) },
    { kind: 'a PNG of one pixel', picture: () => png(1, 1, () => red) },
    { kind: 'a PNG of 900 × 40', picture: () => twoColours(900, 40) },
  ])('becomes a square of 400 × 400 from $kind', async ({ picture }, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await upload(app, access_token, await picture())

    expect(response.status).toBe(200)
    const kept = await fetched(app, await avatarOf(response))
    expect(webpChunks(kept).map(({ name }) => name)).toEqual([expect.stringMatching(/^VP8[ L]$/)])
    expect(sizeOf(kept)).toEqual([400, 400])
  })

  it('is cropped to its middle', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await upload(app, access_token, twoColours(300, 100))

    const kept = await fetched(app, await avatarOf(response))
    expect(near(await colourAt(kept, 20, 200), red)).toBe(true)
    expect(near(await colourAt(kept, 380, 200), blue)).toBe(true)
  })

  it('loses place, person, camera and comment, and stands upright (ASVS 14.2.8)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    // The photograph was taken sideways: the red on the left belongs at the top.
    const sent = await photograph(twoColours(), 6)
    const secrets = ['Exif', 'Sentinel Phone', 'Sentinel Person', 'Sentinel Comment', 'xmpmeta', 'II*\0']
    for (const secret of secrets) expect(indexOf(sent, secret), secret).toBeGreaterThan(0)

    const response = await upload(app, access_token, sent)

    const kept = await fetched(app, await avatarOf(response))
    for (const secret of secrets) expect(indexOf(kept, secret), secret).toBe(-1)
    expect(webpChunks(kept).map(({ name }) => name)).toEqual([expect.stringMatching(/^VP8[ L]$/)])
    expect(near(await colourAt(kept, 200, 20), red)).toBe(true)
    expect(near(await colourAt(kept, 200, 380), blue)).toBe(true)
  })

  it('loses the text in a PNG', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const sent = png(40, 40, () => red, [pngText('Author', 'Sentinel Person')])
    expect(indexOf(sent, 'Sentinel')).toBeGreaterThan(0)

    const response = await upload(app, access_token, sent)

    expect(indexOf(await fetched(app, await avatarOf(response)), 'Sentinel')).toBe(-1)
  })

  it('is a still picture, even if the upload was animated (A-31)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const sent = await animation()
    expect(webpChunks(sent).map(({ name }) => name)).toEqual(['VP8X', 'ANIM', 'ANMF', 'ANMF', 'EXIF'])

    const response = await upload(app, access_token, sent)

    const kept = await fetched(app, await avatarOf(response))
    expect(webpChunks(kept).map(({ name }) => name)).toEqual([expect.stringMatching(/^VP8[ L]$/)])
    expect(near(await colourAt(kept, 200, 200), red)).toBe(true)
  })

  it('loses the archive that was appended to it (ASVS 5.2.2, A-31)', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const archive = join(
      ascii('PK\x03\x04'),
      ascii('<script>Sentinel</script>'),
      ascii('PK\x05\x06'),
      new Uint8Array(18),
    )

    const response = await upload(app, access_token, join(await jpeg(), archive))

    expect(response.status).toBe(200)
    const kept = await fetched(app, await avatarOf(response))
    for (const trace of ['PK\x03\x04', 'PK\x05\x06', 'Sentinel']) expect(indexOf(kept, trace)).toBe(-1)
  })

  it.for(['../../x.html', 'a\\0.png', 'CON', '.htaccess', 'a"; filename="b.html', 'Sentinel.svg', ''])(
    'is kept under a key of its own, whatever its file is called: %s (ASVS 5.3.2, 5.4.1)',
    async (name, { expect }) => {
      const app = startApp()
      const { access_token } = await signedInUser(app)

      const response = await upload(app, access_token, twoColours(), { name: name || 'blob' })

      const url = await avatarOf(response)
      expect(url).toMatch(/^http:\/\/localhost:8787\/avatars\/[A-Za-z0-9_-]{22}$/)
      expect(await keys()).toEqual([pathOf(url).slice('/avatars/'.length)])
      const object = await env.AVATARS.head((await keys())[0]!)
      expect(object).toMatchObject({ customMetadata: {}, httpMetadata: { contentType: 'image/webp' } })
    },
  )

  it.for(['text/html', 'image/svg+xml', 'application/octet-stream', 'image/gif', ''])(
    'is what its bytes say, not what the client calls it: %s',
    async (type, { expect }) => {
      const app = startApp()
      const { access_token } = await signedInUser(app)

      const response = await upload(app, access_token, twoColours(), { type })

      expect(response.status).toBe(200)
    },
  )

  it('is also set by PUT /avatar', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await pictured(app)
    const large = join(twoColours(), new Uint8Array(100_000))

    const response = await app.call('PUT /api/user/avatar', { bearer: access_token, body: formWith(large) })

    expect(response.status).toBe(200)
    expect(await avatarOf(await profile(app, access_token))).toBe(await avatarOf(response))
    expect(await keys()).toHaveLength(1)
  })

  it('is sent by the typed client', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)
    const client = hc<App>('http://localhost:8787', {
      fetch: (input: RequestInfo | URL, init?: RequestInit) =>
        app.call(`${init?.method} ${pathOf(String(input))}`, { bearer, body: init?.body as FormData }),
    })
    const file = new File([twoColours()], 'me.png')

    const posted = await client.api.user['upload-avatar'].$post({ form: { file } })
    const put = await client.api.user.avatar.$put({ form: { file } })

    expect((await posted.json()).avatar_url).toMatch(/\/avatars\//)
    expect(await keys()).toEqual([pathOf((await put.json()).avatar_url).slice('/avatars/'.length)])
  })

  it('is shown wherever the user is', async ({ expect }) => {
    const app = startApp()
    const { avatar, email } = await pictured(app)

    const { user } = (await logIn(app, email)) as unknown as { user: { avatar_url: string } }

    expect(user.avatar_url).toBe(avatar)
  })

  it('is recorded in the audit, once', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await pictured(app)
    const entries = () =>
      app.db.prepare("select ip from audit where event = 'avatar_changed' and user_id = ?").bind(user.id).all()
    expect((await entries()).results).toHaveLength(1)

    await app.call('DELETE /api/user/avatar', { bearer: access_token })
    await app.call('DELETE /api/user/avatar', { bearer: access_token })

    expect((await entries()).results).toHaveLength(2)
  })
})

/** Returns the pixels of each side of a lossy or lossless WebP bitmap (RFC 9649 §2.5, RFC 6386 §9.1). */
const sizeOf = (bytes: Bytes): [number, number] => {
  const [chunk] = webpChunks(bytes)
  if (chunk?.name === 'VP8L') {
    const bits = new DataView(chunk.data.buffer).getUint32(1, true)
    return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1]
  }
  const view = new DataView(chunk!.data.buffer)
  return [view.getUint16(6, true) & 0x3fff, view.getUint16(8, true) & 0x3fff]
}

/** Lossy encoding moves colours a little. */
const near = (one: readonly number[], other: readonly number[]) =>
  one.every((value, index) => Math.abs(value - other[index]!) < 40)

describe('a file that is no picture for us', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
  const html = '<!doctype html><title>x</title><script>alert(1)</script>'
  const gif = join(ascii('GIF89a'), [1, 0, 1, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0, 0x3b])
  const avif = join([0, 0, 0, 28], ascii('ftypavif'), [0, 0, 0, 0], ascii('avifmif1miaf'))

  const cases: { what: string; status: number; file: () => Promise<Bytes> | Bytes; decoded?: boolean }[] = [
    { what: 'an SVG (ASVS 1.3.4)', status: 415, file: () => ascii(svg) },
    { what: 'an HTML page named .png', status: 415, file: () => ascii(html) },
    {
      what: 'the signature of a PNG before an HTML page',
      status: 415,
      file: () => join(twoColours().slice(0, 8), ascii(html)),
    },
    { what: 'a GIF', status: 415, file: () => gif },
    { what: 'an AVIF', status: 415, file: () => avif },
    { what: 'a PDF', status: 415, file: () => ascii('%PDF-1.7\n1 0 obj') },
    { what: 'a ZIP', status: 415, file: () => join(ascii('PK\x03\x04'), new Uint8Array(64)) },
    { what: 'two bytes', status: 415, file: () => Uint8Array.of(0xff, 0xd8) },
    { what: 'nothing at all', status: 422, file: () => new Uint8Array() },
    { what: '50,000 × 50,000 pixels in few bytes (ASVS 5.2.6)', status: 422, file: () => pngThatSays(50_000, 50_000) },
    { what: '12,001 × 1 pixels', status: 422, file: () => pngThatSays(12_001, 1) },
    { what: '1 × 12,001 pixels', status: 422, file: () => pngThatSays(1, 12_001) },
    { what: '10,000 × 5,001 pixels', status: 422, file: () => pngThatSays(10_000, 5001) },
    { what: '0 × 9 pixels', status: 422, file: () => pngThatSays(0, 9) },
    { what: 'a 6 MB file (ASVS 5.2.1)', status: 413, file: () => join(twoColours(), new Uint8Array(6_000_000)) },
    { what: 'half a JPEG', status: 422, file: async () => firstHalf(await jpeg(noise())), decoded: true },
    { what: 'half a PNG', status: 422, file: () => firstHalf(noise()), decoded: true },
    { what: 'half a WebP', status: 422, file: async () => firstHalf(await webp(noise())), decoded: true },
    { what: 'a PNG without its data', status: 422, file: () => pngThatSays(10_000, 5000), decoded: true },
    {
      what: 'a PNG as wide as may be, without its data',
      status: 422,
      file: () => pngThatSays(12_000, 4166),
      decoded: true,
    },
  ]

  it.for(cases)('is refused with $status: $what', async ({ status, file, decoded = false }, { expect }) => {
    const images = watched(env.IMAGES)
    const first = startApp()
    const { access_token, avatar } = await pictured(first)
    const app = startApp({ bindings: { IMAGES: images.proxy } })

    const response = await upload(app, access_token, await file())

    const code = { 413: 'payload_too_large', 415: 'unsupported_media_type', 422: 'validation_failed' }[status]
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code, ...(status === 422 && { errors: [{ field: 'file' }] }) })
    expect(images.calls).toEqual(decoded ? ['input'] : [])
    expect(await keys()).toEqual([pathOf(avatar).slice('/avatars/'.length)])
    expect(await avatarOf(await profile(app, access_token))).toBe(avatar)
  })

  it('reveals nothing about the machine that could not decode it', async ({ expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await upload(app, access_token, firstHalf(noise()))

    expect(await response.json()).toMatchObject({
      errors: [{ field: 'file', code: 'undecodable', detail: 'is damaged and cannot be read' }],
    })
  })
})

const firstHalf = (bytes: Bytes) => bytes.slice(0, bytes.length / 2)

/** Colours without a pattern, so that the file is large and its end matters. */
const noise = () => {
  let seed = 1
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % 256
  }
  return png(64, 64, () => [next(), next(), next()])
}

describe('the size of an upload (ASVS 5.2.1, A-29)', () => {
  const largest = 5 * 1024 * 1024
  const padded = (size: number) => {
    const picture = twoColours()
    return join(picture, new Uint8Array(size - picture.length))
  }

  const boundary = 'between'
  const opening = ascii(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n`)
  const closing = ascii(`\r\n--${boundary}--\r\n`)
  const multipart = { 'Content-Type': `multipart/form-data; boundary=${boundary}` }

  /**
   * Returns a body that comes in pieces, without a declared length and with zeros at its end, and reports how much was
   * read.
   */
  const streamed = (bytes: Bytes, size = bytes.length) => {
    const piece = 64 * 1024
    let taken = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (taken >= size) return controller.close()
        const next = bytes.subarray(taken, taken + piece)
        controller.enqueue(next.length > 0 ? next : new Uint8Array(piece))
        taken += piece
      },
    })
    return { body, taken: () => taken }
  }

  it.for([
    { size: largest, status: 200 },
    { size: largest + 1, status: 413 },
  ])('answers $status to a picture of $size bytes', async ({ size, status }, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)

    const response = await upload(app, access_token, padded(size))

    expect(response.status).toBe(status)
    expect(await keys()).toHaveLength(status === 200 ? 1 : 0)
  })

  it.for([
    { size: largest, status: 200 },
    { size: largest + 1, status: 413 },
  ])('answers $status to one of $size bytes that comes in pieces', async ({ size, status }, { expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)
    const { body } = streamed(join(opening, padded(size), closing))

    const response = await app.call('POST /api/user/upload-avatar', { bearer, body, headers: multipart })

    expect(response.status).toBe(status)
  })

  it('stops reading when it is too much, however long it would go on', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)
    const { body, taken } = streamed(join(opening, twoColours()), 4 * largest)

    const response = await app.call('POST /api/user/upload-avatar', { bearer, body, headers: multipart })

    expect(response.status).toBe(413)
    expect(await codeOf(response)).toBe('payload_too_large')
    expect(taken()).toBeGreaterThan(largest)
    expect(taken()).toBeLessThan(largest + 1024 * 1024)
    expect(await keys()).toEqual([])
  })

  it('does not begin to read a body that is announced as too large', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)
    const { body, taken } = streamed(join(opening, twoColours()), 4 * largest)
    const headers = { ...multipart, 'Content-Length': '6000000' }

    const response = await app.call('POST /api/user/upload-avatar', { bearer, body, headers })

    expect(response.status).toBe(413)
    expect(taken()).toBeLessThanOrEqual(64 * 1024)
  })

  it('does not trust a declared length that is too small', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)
    const { body } = streamed(join(opening, padded(largest + 1), closing))
    const headers = { ...multipart, 'Content-Length': '100' }

    const response = await app.call('POST /api/user/upload-avatar', { bearer, body, headers })

    expect(response.status).toBe(413)
  })

  it('counts the other fields of the form too', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)
    const body = formWith(twoColours())
    body.set('note', 'x'.repeat(largest + 16 * 1024))

    const response = await app.call('POST /api/user/upload-avatar', { bearer, body })

    expect(response.status).toBe(413)
  })

  it('leaves the limit of other operations as it is', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer } = await signedInUser(app)

    const response = await app.call('PATCH /api/user/profile', { bearer, json: { name: 'x'.repeat(17 * 1024) } })

    expect(response.status).toBe(413)
  })
})

describe('a form that holds no picture', () => {
  const two = formWith(twoColours())
  two.append('file', new File([twoColours()], 'b.png'))
  const words = new FormData()
  words.set('file', 'a.png')
  const another = new FormData()
  another.set('picture', new File([twoColours()], 'a.png'))
  const begun = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'

  it.for([
    { what: 'JSON', status: 415, call: { json: { file: 'a.png' } } },
    { what: 'an urlencoded form', status: 415, call: { form: { file: 'a.png' } } },
    { what: 'a bare picture', status: 415, call: { body: twoColours(), headers: { 'Content-Type': 'image/png' } } },
    { what: 'no body', status: 415, call: {} },
    {
      what: 'a compressed form',
      status: 415,
      call: { body: formWith(twoColours()), headers: { 'Content-Encoding': 'gzip' } },
    },
    {
      what: 'a form without a body',
      status: 422,
      call: { headers: { 'Content-Type': 'multipart/form-data; boundary=x' } },
    },
    { what: 'no boundary', status: 422, call: { body: begun, headers: { 'Content-Type': 'multipart/form-data' } } },
    {
      what: 'another boundary',
      status: 422,
      call: { body: begun, headers: { 'Content-Type': 'multipart/form-data; boundary=y' } },
    },
    {
      what: 'half a form',
      status: 422,
      call: { body: begun, headers: { 'Content-Type': 'multipart/form-data; boundary=x' } },
    },
    { what: 'a file of another name', status: 422, call: { body: another } },
    { what: 'words in place of the file', status: 422, call: { body: words } },
    { what: 'two files', status: 422, call: { body: two } },
  ] as { what: string; status: number; call: Parameters<TestApp['call']>[1] }[])(
    'is refused with $status: $what',
    async ({ status, call }, { expect }) => {
      const app = startApp()
      const { access_token: bearer, avatar } = await pictured(app)

      const response = await app.call('POST /api/user/upload-avatar', { ...call, bearer })

      expect(response.status).toBe(status)
      expect(await codeOf(response)).toBe(status === 415 ? 'unsupported_media_type' : 'validation_failed')
      expect(await avatarOf(await profile(app, bearer))).toBe(avatar)
    },
  )
})

describe('permission to set a picture', () => {
  it('ends with the session; what is sent later is not decoded', async ({ expect }) => {
    const images = watched(env.IMAGES)
    const app = startApp({ bindings: { IMAGES: images.proxy } })
    const { access_token } = await signedInUser(app)
    await app.call('POST /api/auth/logout', { bearer: access_token })

    const response = await upload(app, access_token, twoColours())

    expect(response.status).toBe(401)
    expect(images.calls).toEqual([])
    expect(await keys()).toEqual([])
  })

  it.for([
    { page: 'of another site', headers: { Origin: 'https://evil.example' }, status: 403 },
    { page: 'that hides where it comes from', headers: { Origin: 'null' }, status: 403 },
    { page: 'of ours', headers: fromOurPage, status: 200 },
  ])('by cookie, a page $page gets $status (A-20)', async ({ headers, status }, { expect }) => {
    const app = startApp()
    const { access_token } = await signedInUser(app)
    const cookies = { token: access_token }

    const response = await app.call('POST /api/user/upload-avatar', { cookies, headers, body: formWith(twoColours()) })

    expect(response.status).toBe(status)
    expect(await keys()).toHaveLength(status === 200 ? 1 : 0)
  })

  it('can be used ten times an hour, counted before anything is read (ASVS 2.4.1)', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer, email } = await signedInUser(app)
    const { access_token: other } = await signedInUser(app)
    const empty = () => upload(app, bearer, new Uint8Array())
    for (let sent = 0; sent < limits.avatar.limit; sent++) expect((await empty()).status).toBe(422)
    const read = { begun: false }
    const body = new ReadableStream(
      {
        pull: (controller) => {
          read.begun = true
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' }

    const refused = await app.call('POST /api/user/upload-avatar', { bearer, body, headers })
    const elsewhere = await upload(app, other, twoColours())
    app.wait({ minutes: 59.9 })
    const again = await upload(app, (await logIn(app, email)).access_token, twoColours())

    expect(refused.status).toBe(429)
    expect(refused.headers.get('Retry-After')).toBe('3600')
    expect(read.begun).toBe(false)
    expect(elsewhere.status).toBe(200)
    expect(again.status).toBe(429)
    app.wait({ minutes: 0.1 })
    expect((await upload(app, (await logIn(app, email)).access_token, twoColours())).status).toBe(200)
  })
})

describe('GET /avatars/{key}', () => {
  const expected = {
    'content-type': 'image/webp',
    'cache-control': 'public, max-age=3600, must-revalidate',
    'content-disposition': 'inline; filename="avatar.webp"',
    'content-security-policy':
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }

  it('gives the picture to everybody, as nothing but a picture (ASVS 3.2.1, 5.3.1, 5.4.1, 5.4.2, A-31)', async ({
    expect,
  }) => {
    const app = startApp()
    const { avatar } = await pictured(app)

    const response = await app.call(`GET ${pathOf(avatar)}`, { headers: { 'Sec-Fetch-Dest': 'document' } })

    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject(expected)
    expect(response.headers.get('Set-Cookie')).toBeNull()
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(response.headers.get('Content-Length')).toBe(String(bytes.length))
    expect(webpChunks(bytes)).not.toEqual([])
  })

  it('answers HEAD like GET, without the picture', async ({ expect }) => {
    const app = startApp()
    const { avatar } = await pictured(app)

    const response = await app.call(`HEAD ${pathOf(avatar)}`)

    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject(expected)
    expect(await response.text()).toBe('')
  })

  it('answers 304 to a client that has it', async ({ expect }) => {
    const app = startApp()
    const { avatar } = await pictured(app)
    const tag = (await app.call(`GET ${pathOf(avatar)}`)).headers.get('ETag')!

    const asked = await Promise.all(
      [tag, `W/${tag}`, `"another", ${tag}`, '*', '"another"', 'nonsense'].map((known) =>
        app.call(`GET ${pathOf(avatar)}`, { headers: { 'If-None-Match': known } }),
      ),
    )

    expect(asked.map(({ status }) => status)).toEqual([304, 304, 304, 304, 200, 200])
    expect(await asked[0]!.text()).toBe('')
    expect(asked[0]!.headers.get('ETag')).toBe(tag)
    expect(asked[0]!.headers.get('Cache-Control')).toBe(expected['cache-control'])
    expect(asked[0]!.headers.get('X-Content-Type-Options')).toBe('nosniff')
  })

  it('answers 404 as a problem if there is no picture, or no longer one, even to a client that has it', async ({
    expect,
  }) => {
    const app = startApp()
    const { avatar, access_token } = await pictured(app)
    await app.call('DELETE /api/user/avatar', { bearer: access_token })

    for (const path of [pathOf(avatar), `/avatars/${'a'.repeat(22)}`]) {
      const response = await app.call(`GET ${path}`, { headers: { 'If-None-Match': '*' } })
      expect(response.status).toBe(404)
      expect(await codeOf(response)).toBe('not_found')
      expect(response.headers.get('Cache-Control')).toBe('no-store')
    }
  })

  it.for([
    'a'.repeat(21),
    'a'.repeat(23),
    `${'a'.repeat(21)}.`,
    `${'a'.repeat(21)}%2f`,
    `..%2f${'a'.repeat(19)}`,
    `${'a'.repeat(22)}.webp`,
    `${'a'.repeat(22)}%00`,
    `${'a'.repeat(21)}%0a`,
    `${'a'.repeat(22)}%0a`,
    `${'a'.repeat(21)}é`,
    '%',
  ])('does not look for %s', async (key, { expect }) => {
    const bucket = watched(env.AVATARS)
    const app = startApp({ bindings: { AVATARS: bucket.proxy } })
    await env.AVATARS.put(decoded(key), 'Sentinel')

    const response = await app.request(`GET /avatars/${key}`)

    expect(response.status).toBe(404)
    expect(bucket.calls).toEqual([])
  })

  it.for(['POST', 'PUT', 'DELETE'])('refuses %s', async (method, { expect }) => {
    const app = startApp()
    const { avatar } = await pictured(app)

    const response = await app.call(`${method} ${pathOf(avatar)}`)

    expect(response.status).toBe(405)
    expect(response.headers.get('Allow')).toBe('GET, HEAD')
  })
})

const decoded = (text: string) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

describe('a picture that is kept elsewhere', () => {
  it('is shown from its own URL, and stays there when it is replaced', async ({ expect }) => {
    const app = startApp()
    const { access_token, user } = await signedInUser(app)
    const imported = 'https://pictures.example/ada.jpg'
    await app.db.prepare('update users set avatar = ? where id = ?').bind(imported, user.id).run()

    const before = await avatarOf(await profile(app, access_token))
    const response = await upload(app, access_token, twoColours())

    expect(before).toBe(imported)
    expect(response.status).toBe(200)
    expect(await keys()).toHaveLength(1)
  })

  it('cannot be named by its user (ASVS 1.3.6)', async ({ expect }) => {
    const app = startApp()
    const { access_token: bearer, avatar } = await pictured(app)

    const json = { avatar: 'x', avatar_url: 'http://169.254.169.254/', name: 'Ada' }
    const response = await app.call('PATCH /api/user/profile', { bearer, json })

    expect(response.status).toBe(200)
    expect(await avatarOf(response)).toBe(avatar)
  })
})
