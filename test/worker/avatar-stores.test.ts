import { env } from 'cloudflare:workers'
import { beforeEach, describe, it, vi } from 'vitest'
import { readSettings } from '../../src/settings.ts'
import { avatarOf, type Bytes, keys, pathOf, upload } from '../support/app/avatar-support.ts'
import { account, cloudinaryStandIn, cloudinaryUrl } from '../support/app/cloudinary.ts'
import { animation, indexOf, photograph, png, twoColours, webpChunks } from '../support/app/pictures.ts'
import { codeOf, logIn, profile, signedInUser, somePassword, startApp, type TestApp } from '../support/app/support.ts'
import { type Between, connectionLost, failing, faulty, overloaded } from '../support/faults/faulty.ts'
import { logged } from './setup.ts'

type Bindings = Partial<Env>

/** Whether a call is the one statement that moves the pointer. */
const movesPointer = ({ sql }: { sql: string[] }) => sql.some((text) => /update "users" set "avatar"/.test(text))

type Fault = 'keep' | 'remove'

/** A place where pictures are kept: the app that uses it, its content, and a way to make it fail. */
type Place = {
  app: TestApp
  at: (url: string | null) => Promise<Bytes | undefined>
  count: () => Promise<number>
  /** Makes the next calls fail in these ways. */
  fail: (...faults: Fault[]) => void
}

const inR2 = (bindings: Bindings = {}): Place => {
  let failing: Fault[] = []
  const methods: Record<string, Fault> = { put: 'keep', delete: 'remove' }
  const bucket = new Proxy(env.AVATARS, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as (...values: unknown[]) => unknown
      return (...values: unknown[]) => {
        if (failing.includes(methods[String(name)]!)) throw new Error('put: Sentinel internal error (10001)')
        return member.apply(target, values)
      }
    },
  })
  const app = startApp({ bindings: { AVATARS: bucket, ...bindings } })
  return {
    app,
    at: async (url) => {
      const response = await app.call(`GET ${pathOf(url)}`)
      return response.status === 200 ? new Uint8Array(await response.arrayBuffer()) : undefined
    },
    count: async () => (await keys()).length,
    fail: (...faults) => {
      failing = faults
    },
  }
}

const atCloudinary = (bindings: Bindings = {}): Place & { standIn: ReturnType<typeof cloudinaryStandIn> } => {
  const app = startApp({ bindings, vars: { CLOUDINARY_URL: cloudinaryUrl } })
  const standIn = cloudinaryStandIn(app.now)
  const actions = { upload: 'keep', destroy: 'remove' } as const
  return {
    app,
    standIn,
    at: async (url) => standIn.at(url ?? ''),
    count: async () => standIn.pictures.size + (await keys()).length,
    fail: (...faults) =>
      standIn.answers(({ pathname }) => {
        const action = pathname.endsWith('upload') ? actions.upload : actions.destroy
        return faults.includes(action) ? Response.json({ error: { message: 'Sentinel' } }, { status: 500 }) : undefined
      }),
  }
}

const places = [
  { place: 'R2', start: inR2, url: /^http:\/\/localhost:8787\/avatars\/[A-Za-z0-9_-]{22}$/ },
  {
    place: 'Cloudinary',
    start: atCloudinary as typeof inR2,
    url: /^https:\/\/res\.cloudinary\.com\/somebody\/image\/upload\/v\d+\/avatars\/[A-Za-z0-9_-]{22}\.webp$/,
  },
]

/** Creates a user with a picture. */
const pictured = async ({ app }: Place) => {
  const user = await signedInUser(app)
  const avatar = await avatarOf(await upload(app, user.access_token, twoColours()))
  return { ...user, avatar }
}

beforeEach(async () => {
  await env.AVATARS.delete(await keys())
})

describe.for(places)('a picture kept in $place', ({ start, url }) => {
  it('is a square without metadata, at the URL that the user has from then on (ASVS 14.2.8)', async ({ expect }) => {
    const place = start()
    const { access_token } = await signedInUser(place.app)

    const response = await upload(place.app, access_token, await photograph(twoColours(), 6))

    const avatar = await avatarOf(response)
    expect(avatar).toMatch(url)
    expect(await avatarOf(await profile(place.app, access_token))).toBe(avatar)
    const kept = (await place.at(avatar))!
    expect(webpChunks(kept).map(({ name }) => name)).toEqual([expect.stringMatching(/^VP8[ L]$/)])
    for (const secret of ['Exif', 'Sentinel', 'II*\0']) expect(indexOf(kept, secret), secret).toBe(-1)
  })

  it('is a still picture, even if the upload was animated', async ({ expect }) => {
    const place = start()
    const { access_token } = await signedInUser(place.app)

    const response = await upload(place.app, access_token, await animation())

    const kept = (await place.at(await avatarOf(response)))!
    expect(webpChunks(kept).map(({ name }) => name)).toEqual([expect.stringMatching(/^VP8[ L]$/)])
  })

  it('is the only one, however often it is replaced (ASVS 5.2.4)', async ({ expect }) => {
    const place = start()
    const { access_token, avatar: first } = await pictured(place)
    const urls = new Set([first])

    for (let again = 0; again < 5; again++)
      urls.add(await avatarOf(await upload(place.app, access_token, twoColours())))

    expect(urls.size).toBe(6)
    expect(await place.count()).toBe(1)
    expect(await place.at(first)).toBeUndefined()
    expect(await place.at([...urls].at(-1)!)).toBeDefined()
  })

  it('is the only one after several uploads at once (A-31)', async ({ expect }) => {
    const place = start()
    const { access_token } = await pictured(place)

    const responses = await Promise.all(Array.from({ length: 6 }, () => upload(place.app, access_token, twoColours())))

    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200))
    await place.app.settled()
    expect(await place.count()).toBe(1)
    expect(await place.at(await avatarOf(await profile(place.app, access_token)))).toBeDefined()
  })

  it('is removed by DELETE /avatar, which is safe to repeat', async ({ expect }) => {
    const place = start()
    const { access_token: bearer, avatar } = await pictured(place)

    const removed = await place.app.call('DELETE /api/user/avatar', { bearer })
    const again = await place.app.call('DELETE /api/user/avatar', { bearer })

    expect([removed.status, again.status]).toEqual([200, 200])
    expect(await avatarOf(removed)).toBeNull()
    expect(await place.at(avatar)).toBeUndefined()
    expect(await place.count()).toBe(0)
  })

  it('is removed with the account (A-36)', async ({ expect }) => {
    const place = start()
    const { access_token: bearer } = await pictured(place)
    const { avatar: another } = await pictured(place)

    const response = await place.app.call('DELETE /api/user/account', {
      bearer,
      json: { current_password: somePassword },
    })

    expect(response.status).toBe(200)
    expect(await place.count()).toBe(1)
    expect(await place.at(another)).toBeDefined()
  })

  it('is not kept if it cannot be decoded', async ({ expect }) => {
    const place = start()
    const { access_token, avatar } = await pictured(place)
    const large = png(64, 64, (x, y) => [(x * 37) % 256, (y * 91) % 256, (x * y) % 256])

    const response = await upload(place.app, access_token, large.slice(0, large.length / 2))

    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ errors: [{ field: 'file', code: 'undecodable' }] })
    expect(await place.count()).toBe(1)
    expect(await avatarOf(await profile(place.app, access_token))).toBe(avatar)
  })

  it('stays as it was if the next one cannot be kept', async ({ expect }) => {
    const place = start()
    const { access_token, avatar } = await pictured(place)

    place.fail('keep')
    const response = await upload(place.app, access_token, twoColours())

    expect(response.status).toBe(503)
    expect(await codeOf(response)).toBe('dependency_unavailable')
    expect(await response.text()).not.toContain('Sentinel')
    expect(logged().join()).not.toContain('Sentinel')
    expect(await avatarOf(await profile(place.app, access_token))).toBe(avatar)
    expect(await place.at(avatar)).toBeDefined()
  })

  it('is replaced even if the previous one cannot be removed', async ({ expect }) => {
    const place = start()
    const { access_token } = await pictured(place)

    place.fail('remove')
    const response = await upload(place.app, access_token, twoColours())

    expect(response.status).toBe(200)
    expect(await place.at(await avatarOf(response))).toBeDefined()
    expect(logged()).toEqual([expect.stringContaining('after the reply')])
  })

  it('stays as it was if the pointer cannot be moved (ASVS 2.3.3, I8)', async ({ expect }) => {
    const user = await pictured(start())
    const place = start({ DB: faulty(env.DB, failing('before', movesPointer, overloaded)) })

    const response = await upload(place.app, user.access_token, twoColours())

    expect(response.status).toBe(503)
    expect(logged()).toHaveLength(1)
    expect(await avatarOf(await profile(place.app, user.access_token))).toBe(user.avatar)
  })

  it('is the only one if the answer to moving the pointer was lost (F3, I8)', async ({ expect }) => {
    let lost = 0
    const once: Between = failing('after', (call) => movesPointer(call) && ++lost === 1, connectionLost)
    const place = start({ DB: faulty(env.DB, once) })
    const { access_token } = await signedInUser(place.app)

    const response = await upload(place.app, access_token, twoColours())

    expect(response.status).toBe(200)
    expect(lost).toBe(2)
    expect(await place.at(await avatarOf(response))).toBeDefined()
    expect(await place.count()).toBe(1)
  })

  it('does not replace a later one if its own pointer is moved again after a lost answer', async ({ expect }) => {
    const other: { place?: Place; bearer: string } = { bearer: '' }
    let moved = 0
    const between: Between = async (call, go) => {
      if (!movesPointer(call) || ++moved !== 1) return go()
      await go()
      await upload(other.place!.app, other.bearer, twoColours())
      throw connectionLost()
    }
    const place = start({ DB: faulty(env.DB, between) })
    const { access_token, email } = await signedInUser(place.app)
    other.place = {
      ...place,
      app: startApp({ vars: url.source.includes('res') ? { CLOUDINARY_URL: cloudinaryUrl } : {} }),
    }
    other.bearer = (await logIn(other.place.app, email)).access_token

    const response = await upload(place.app, access_token, twoColours())

    expect(response.status).toBe(200)
    expect(moved).toBe(2)
    const avatar = await avatarOf(await profile(place.app, access_token))
    expect(await place.at(avatar)).toBeDefined()
    expect(await place.count()).toBe(1)
  })

  it('is removed again if the session ended during the upload', async ({ expect }) => {
    const between: Between = async (call, go) => {
      if (movesPointer(call)) await env.DB.prepare('delete from sessions').run()
      return go()
    }
    const place = start({ DB: faulty(env.DB, between) })
    const { access_token } = await signedInUser(place.app)

    const response = await upload(place.app, access_token, twoColours())

    expect(response.status).toBe(401)
    expect(await place.count()).toBe(0)
  })
})

describe('an answer of Images', () => {
  const imagesThat = (output: () => unknown) => {
    const transformer = { transform: () => transformer, output: async () => output() }
    return { input: () => transformer } as unknown as ImagesBinding
  }
  const failure = (code: number) => () => {
    throw Object.assign(new Error('Sentinel /home/somebody/picture.png'), { code })
  }

  it.for([
    { code: 9412, status: 422 },
    { code: 9413, status: 422 },
    { code: 9516, status: 422 },
    { code: 9520, status: 422 },
    { code: 9523, status: 422 },
    // A quota, a refusal, an overload: another picture would not help.
    { code: 9401, status: 503 },
    { code: 9422, status: 503 },
    { code: 9430, status: 503 },
    { code: 9522, status: 503 },
    { code: 9529, status: 503 },
    { code: 0, status: 503 },
  ])('by $code becomes $status, and never its words', async ({ code, status }, { expect }) => {
    const app = startApp({ bindings: { IMAGES: imagesThat(failure(code)) } })
    const { access_token } = await signedInUser(app)

    const response = await upload(app, access_token, twoColours())

    expect(response.status).toBe(status)
    expect(await response.text()).not.toContain('Sentinel')
    const lines = logged()
    expect(lines.map((line) => JSON.parse(line).code)).toEqual(status === 503 ? [code] : [])
    expect(lines.join()).not.toContain('Sentinel')
    expect(await keys()).toEqual([])
  })

  it.for([
    { what: 'a page', body: '<script>Sentinel</script>' },
    { what: 'a picture of another kind', body: twoColours(400, 400) },
    { what: 'nothing', body: '' },
  ])('is not kept when it is $what', async ({ body }, { expect }) => {
    const app = startApp({ bindings: { IMAGES: imagesThat(() => ({ response: () => new Response(body) })) } })
    const { access_token } = await signedInUser(app)

    const response = await upload(app, access_token, twoColours())

    expect(response.status).toBe(503)
    expect(logged()).toHaveLength(1)
    expect(await keys()).toEqual([])
  })

  it('is not waited for beyond ten seconds', async ({ expect }) => {
    const app = startApp({ bindings: { IMAGES: imagesThat(() => new Promise(() => undefined)) } })
    const { access_token } = await signedInUser(app)
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, after = 0) => {
      if (after === 10_000) work()
      return 0
    }) as typeof setTimeout)

    const response = await upload(app, access_token, twoColours())

    expect(response.status).toBe(503)
    expect(logged()).toHaveLength(1)
  })
})

describe('R2 that is down', () => {
  it('causes 503 for whoever asks for a picture', async ({ expect }) => {
    const bucket = { get: () => Promise.reject(new Error('get: Sentinel internal error (10001)')) }
    const app = startApp({ bindings: { AVATARS: bucket as unknown as R2Bucket } })

    const response = await app.call(`GET /avatars/${'a'.repeat(22)}`)

    expect(response.status).toBe(503)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(await response.text()).not.toContain('Sentinel')
    expect(logged()).toHaveLength(1)
  })

  it('stops no mail and no clean-up', async ({ expect }) => {
    const bucket = { list: () => Promise.reject(new Error('list: internal error (10001)')) }
    const { services } = startApp({ bindings: { AVATARS: bucket as unknown as R2Bucket } })

    await expect(services.upkeep.removeOrphans()).rejects.toMatchObject({ code: 'dependency_unavailable' })
    await expect(services.upkeep.removeExpired()).resolves.toBeGreaterThanOrEqual(0)
  })
})

describe('pictures that nobody has (A-31, A-36)', () => {
  const someKey = () =>
    btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .slice(0, 22)
  const owner = (key: string) =>
    env.DB.prepare(
      'insert into users (id, email, email_canonical, avatar, created_at, updated_at) values (?1, ?1, ?1, ?2, 1, 1)',
    ).bind(`owner ${key}`, key)
  /** Stores so many unused pictures, and so many that are in use. */
  const stored = async (lost: number, kept: number) => {
    const keys = Array.from({ length: lost + kept }, someKey)
    await Promise.all(keys.map((key) => env.AVATARS.put(key, 'x')))
    if (kept > 0) await env.DB.batch(keys.slice(0, kept).map(owner))
  }
  const emptied = () => env.DB.prepare("delete from users where id like 'owner %'").run()

  it.for([
    { what: 'are removed if they are two of three', lost: 2, kept: 1, removed: 2 },
    { what: 'are removed if they are half', lost: 5, kept: 5, removed: 5 },
    { what: 'stay if they are more than half: the database may be the wrong one', lost: 6, kept: 5, removed: 0 },
    { what: 'stay if they are three of three', lost: 3, kept: 0, removed: 0 },
  ])('$what', async ({ lost, kept, removed }, { expect }) => {
    const app = startApp()
    await signedInUser(app)
    await stored(lost, kept)

    app.wait({ hours: 2 })
    const result = await app.services.upkeep.removeOrphans()
    await emptied()

    expect(result).toEqual({ removed, kept: lost - removed })
    expect((await keys()).length).toBe(lost + kept - removed)
  })

  it('stay while a database is restored and for a day after, and if it never had a user', async ({ expect }) => {
    const app = startApp()
    await signedInUser(app)
    await stored(1, 1)
    const restored = (endsAt: number) =>
      env.DB.prepare(
        "insert or replace into throttles (key, count, blocked_until, ends_at) values ('restored x', -1, 0, ?)",
      )
        .bind(endsAt)
        .run()
    app.wait({ hours: 2 })

    await restored(app.now().getTime() + 1)
    const during = await app.services.upkeep.removeOrphans()
    await restored(app.now().getTime())
    await env.DB.exec("update daily set metric = 'x' || metric")
    const never = await app.services.upkeep.removeOrphans()
    await env.DB.exec('update daily set metric = substr(metric, 2)')
    const later = await app.services.upkeep.removeOrphans()
    await emptied()
    await env.DB.exec("delete from throttles where key = 'restored x'")

    expect([during, never, later]).toEqual([
      { removed: 0, kept: 1 },
      { removed: 0, kept: 1 },
      { removed: 1, kept: 0 },
    ])
  })

  /** Leaves a picture whose pointer was never moved, as an upload does if D1 fails. */
  const orphan = async () => {
    const app = startApp({ bindings: { DB: faulty(env.DB, failing('before', movesPointer, overloaded)) } })
    const { access_token } = await signedInUser(app)
    const before = await keys()
    await upload(app, access_token, twoColours())
    logged()
    return (await keys()).find((key) => !before.includes(key))!
  }

  it.for([
    { minutes: 59, left: true, what: 'stay' },
    { minutes: 61, left: false, what: 'are gone' },
  ])('$what after $minutes minutes', async ({ minutes, left }, { expect }) => {
    const app = startApp()
    const key = await orphan()

    app.wait({ minutes })
    await app.cron()

    expect((await keys()).includes(key)).toBe(left)
  })

  it('are removed, and those that somebody has stay', async ({ expect }) => {
    const place = inR2()
    const { avatar } = await pictured(place)
    const lost = await orphan()

    place.app.wait({ hours: 2 })
    await place.app.cron()

    expect(await keys()).not.toContain(lost)
    expect(await place.at(avatar)).toBeDefined()
  })

  it('are removed in the end if their first removal failed', async ({ expect }) => {
    const place = inR2()
    const { access_token: bearer } = await pictured(place)
    place.fail('remove')
    const json = { current_password: somePassword }
    expect((await place.app.call('DELETE /api/user/account', { bearer, json })).status).toBe(200)
    expect(logged()).toHaveLength(1)
    expect(await place.count()).toBe(1)

    place.fail()
    place.app.wait({ hours: 2 })
    await place.app.cron()

    expect(await place.count()).toBe(0)
  })

  it('are removed in the end even if there are more than one run checks', async ({ expect }) => {
    const place = inR2()
    const { avatar } = await pictured(place)
    const lost = Array.from({ length: 100 }, someKey)
    const kept = Array.from({ length: 200 }, someKey)
    await Promise.all([...lost, ...kept].map((key) => env.AVATARS.put(key, 'x')))
    await env.DB.batch(kept.map(owner))

    place.app.wait({ hours: 2 })
    const removed: number[] = []
    for (let run = 0; run < 20; run++) removed.push((await place.app.services.upkeep.removeOrphans()).removed)

    expect(Math.max(...removed)).toBeLessThanOrEqual(90)
    expect(removed.reduce((sum, count) => sum + count)).toBe(100)
    expect(await place.count()).toBe(201)
    expect(await place.at(avatar)).toBeDefined()
    await env.DB.prepare("delete from users where id like 'owner %'").run()
  })

  it('are removed once if two runs check at the same time', async ({ expect }) => {
    const place = inR2()
    const { avatar } = await pictured(place)
    await orphan()
    await orphan()

    place.app.wait({ hours: 2 })
    await Promise.all([place.app.cron(), place.app.cron(), place.app.cron()])

    expect(await place.count()).toBe(1)
    expect(await place.at(avatar)).toBeDefined()
  })

  it('are not mistaken for pictures if they are something else', async ({ expect }) => {
    const app = startApp()
    await env.AVATARS.put('backup/users.sql', 'x')

    app.wait({ hours: 2 })
    const { removed } = await app.services.upkeep.removeOrphans()

    expect(removed).toBe(0)
    expect(await keys()).toEqual(['backup/users.sql'])
  })

  it('are found without reading users who have none of them', async ({ expect }) => {
    const asked: string[] = []
    const between: Between = (call, go) => {
      asked.push(...call.sql)
      return go()
    }
    const app = startApp({ bindings: { DB: faulty(env.DB, between) } })
    await orphan()

    app.wait({ hours: 2 })
    asked.length = 0
    await app.services.upkeep.removeOrphans()

    expect(new Set(asked).size).toBe(2)
    const plan = await env.DB.prepare(`explain query plan ${asked[0]}`).bind('a').all<{ detail: string }>()
    expect(plan.results.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/SEARCH users USING .*users_avatar/),
    ])
  })
})

describe('Cloudinary', () => {
  it('gets what it requires, signed, and nothing else', async ({ expect }) => {
    const { app, standIn } = atCloudinary()
    const { access_token: bearer } = await signedInUser(app)

    const avatar = await avatarOf(await upload(app, bearer, twoColours()))
    await app.call('DELETE /api/user/avatar', { bearer })

    const id = /avatars\/[^.]+/.exec(avatar!)![0]
    const timestamp = expect.stringMatching(/^\d{10}$/)
    const signature = expect.stringMatching(/^[0-9a-f]{64}$/)
    const sender = { api_key: account.key, timestamp, signature, public_id: id }
    expect(standIn.requests).toEqual([
      { action: 'upload', parameters: { ...sender, format: 'webp', transformation: 'c_fill,h_400,w_400' } },
      { action: 'destroy', parameters: { ...sender, invalidate: 'true' } },
    ])
  })

  it('is not asked about a file that is not a picture', async ({ expect }) => {
    const { app, standIn } = atCloudinary()
    const { access_token } = await signedInUser(app)

    const response = await upload(app, access_token, Uint8Array.of(1, 2, 3, 4))

    expect(response.status).toBe(415)
    expect(standIn.requests).toEqual([])
  })

  const elsewhere = (secure_url: unknown) => () => Response.json({ secure_url })

  it.for([
    { what: 'a redirect (ASVS 15.3.2)', answer: () => Response.redirect('https://evil.example/', 307) },
    { what: 'a refusal', answer: () => Response.json({ error: { message: 'Invalid Signature' } }, { status: 401 }) },
    { what: 'a fault of ours', answer: () => Response.json({ error: { message: 'Stale request' } }, { status: 400 }) },
    { what: 'too much', answer: () => Response.json({ error: { message: 'Rate Limit' } }, { status: 420 }) },
    { what: 'a page', answer: () => new Response('<h1>It works!</h1>') },
    { what: 'nothing', answer: () => new Response(null, { status: 204 }) },
    { what: 'another form', answer: () => Response.json({ url: 'x' }) },
    { what: 'no URL', answer: elsewhere('avatars') },
    { what: 'a number', answer: elsewhere(7) },
    {
      what: 'a failure that looks like success',
      answer: (_: URL, form: FormData) =>
        Response.json(
          { secure_url: `https://res.cloudinary.com/a/image/upload/v1/${form.get('public_id')}.webp` },
          { status: 500 },
        ),
    },
    {
      what: 'plain http',
      answer: elsewhere(`http://res.cloudinary.com/a/image/upload/v1/avatars/${'a'.repeat(22)}.webp`),
    },
    { what: 'a script', answer: elsewhere('javascript:alert(1)') },
    {
      what: 'another picture',
      answer: elsewhere(`https://res.cloudinary.com/a/image/upload/avatars/${'a'.repeat(22)}.webp`),
    },
    {
      what: 'no answer in time',
      answer: () => {
        throw new DOMException('The operation was aborted due to timeout', 'TimeoutError')
      },
    },
  ])('is not believed when it answers $what', async ({ answer }, { expect }) => {
    const { app, standIn } = atCloudinary()
    const { access_token } = await signedInUser(app)
    const avatar = await avatarOf(await upload(app, access_token, twoColours()))

    standIn.answers(answer)
    const response = await upload(app, access_token, twoColours())

    expect(response.status).toBe(503)
    const lines = logged()
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toContain(account.secret)
    expect(await avatarOf(await profile(app, access_token))).toBe(avatar)
  })

  it('is asked again to remove a picture if that failed at first', async ({ expect }) => {
    const { app, standIn } = atCloudinary()
    const { access_token: bearer } = await signedInUser(app)
    await upload(app, bearer, twoColours())
    let failures = 0
    standIn.answers(() => (++failures <= 2 ? new Response('busy', { status: 503 }) : undefined))

    await app.call('DELETE /api/user/avatar', { bearer })

    expect(standIn.pictures.size).toBe(0)
  })

  it('gets a signature made from the secret and everything that is sent', async ({ expect }) => {
    const { app } = atCloudinary()
    const other = startApp({ vars: { CLOUDINARY_URL: cloudinaryUrl.replace('a-secret', 'b-secret') } })
    const { access_token, email } = await signedInUser(app)
    expect((await upload(app, access_token, twoColours())).status).toBe(200)

    const response = await upload(other, (await logIn(other, email)).access_token, twoColours())

    expect(response.status).toBe(503)
    expect(logged().map((line) => JSON.parse(line).code)).toEqual([401])
  })
})

describe('moving from R2 to Cloudinary', () => {
  it('leaves the old pictures where they are until they are replaced', async ({ expect }) => {
    const before = inR2()
    const { access_token, avatar } = await pictured(before)
    const after = atCloudinary()

    const kept = await after.app.call(`GET ${pathOf(avatar)}`)
    const response = await upload(after.app, access_token, twoColours())

    expect(kept.status).toBe(200)
    expect(await avatarOf(response)).toMatch(/^https:\/\/res\.cloudinary\.com\//)
    expect(await keys()).toEqual([])
    expect(after.standIn.pictures.size).toBe(1)
  })
})

describe('CLOUDINARY_URL', () => {
  const good = cloudinaryUrl

  it.for([
    { value: undefined, cloudinary: undefined },
    { value: good, cloudinary: account },
  ])('may be $value', ({ value, cloudinary }, { expect }) => {
    expect(readSettings({ ...env, CLOUDINARY_URL: value }).cloudinary).toEqual(cloudinary)
  })

  it.for([
    '',
    'cloudinary://<your_api_key>:<your_api_secret>@somebody',
    'https://123456789012345:a-secret_of_27_characters00@somebody',
    good.replace('cloudinary:', 'CLOUDINARY:'),
    good.replace('@somebody', ''),
    good.replace('@somebody', '@'),
    good.replace('@somebody', '@some/body'),
    good.replace('@somebody', '@../somebody'),
    good.replace('@somebody', '@some.body'),
    good.replace('@somebody', '@somebody?secure=true'),
    good.replace(account.secret, ''),
    good.replace(account.secret, 'short'),
    good.replace(account.key, ''),
    good.replace(account.key, 'key'),
    ` ${good}`,
    `${good}\n`,
  ])('must not be %j: it is named, and not shown', (value, { expect }) => {
    const read = () => readSettings({ ...env, CLOUDINARY_URL: value })

    expect(read).toThrow(/^CLOUDINARY_URL: must be cloudinary:\/\/key:secret@cloud$/)
  })
})
