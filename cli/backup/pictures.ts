import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAvatarKey } from '../../src/domain/avatars.ts'
import { wrangler } from '../lib/cloudflare-account.ts'
import { execute, explain, localBindings, type Place, Stop } from '../lib/database.ts'
import { defaultConfig, readDeployment } from '../lib/deployment.ts'
import { literal } from '../lib/sql-literal.ts'

/** How many keys one query returns, how many pictures are read at the same time, and how many one upload has. */
const page = 1000
const atOnce = 8
const perUpload = 500

const timeoutMs = 30_000
const type = 'image/webp'

const deploymentOf = (place: Place) => readDeployment(place.env ?? 'production', place.config ?? defaultConfig)

/** Yields the keys of all pictures in use. Those at Cloudinary have URLs and stay there. */
async function* keysOf(place: Place): AsyncGenerator<string[]> {
  for (let after = ''; ; ) {
    const query = `select distinct avatar from users where avatar is not null and avatar > ${literal(after)} order by avatar limit ${page}`
    const [rows] = await execute([query], place)
    const keys = rows!.map(({ avatar }) => String(avatar))
    yield keys.filter(isAvatarKey)
    if (keys.length < page) return
    after = keys.at(-1)!
  }
}

/**
 * Reads from the deployed service, which shows pictures to everybody: one request per picture instead of one process of
 * wrangler.
 */
const download = async (url: string): Promise<Buffer | undefined> => {
  for (let tries = 1; ; tries++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
      if (response.status === 404) return
      if (response.ok) return Buffer.from(await response.arrayBuffer())
      if (tries === 4) throw new Stop(`The pictures could not be read: ${url} answers ${response.status}.`)
    } catch (error) {
      if (error instanceof Stop) throw error
      const { cause, message } = error as Error & { cause?: Error }
      if (tries === 4) throw new Stop(`The pictures could not be read: ${url}: ${cause?.message ?? message}.`)
    }
    await sleep(500 * 2 ** tries)
  }
}

const reader = async (place: Place): Promise<(key: string) => Promise<Buffer | undefined>> => {
  if (place.remote) {
    const { APP_URL } = deploymentOf(place).vars
    return (key) => download(`${APP_URL}/avatars/${key}`)
  }
  const { AVATARS } = await localBindings(place)
  return async (key) => {
    const object = await AVATARS.get(key)
    return object ? Buffer.from(await object.arrayBuffer()) : undefined
  }
}

/** Yields the pictures of all users. One that was removed meanwhile is left out. @throws {Stop} */
export async function* picturesOf(place: Place): AsyncGenerator<{ key: string; bytes: Buffer }> {
  const read = await reader(place)
  for await (const keys of keysOf(place))
    for (let at = 0; at < keys.length; at += atOnce) {
      const found = await Promise.all(keys.slice(at, at + atOnce).map(async (key) => ({ key, bytes: await read(key) })))
      for (const { key, bytes } of found) if (bytes) yield { key, bytes }
    }
}

type Picture = { key: string; bytes: Buffer }

const upload = async (pictures: Picture[], place: Place) => {
  const deployment = deploymentOf(place)
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  try {
    const list = pictures.map(({ key, bytes }) => {
      const file = join(folder, key)
      writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' })
      return { key, file }
    })
    const filename = join(folder, 'list.json')
    writeFileSync(filename, JSON.stringify(list))
    const args = ['r2', 'bulk', 'put', deployment.bucket, '--filename', filename, '--content-type', type, '--remote']
    const { status, output } = await wrangler(args, deployment)
    if (status !== 0) throw new Stop(`The pictures could not be restored: ${explain(output, place)}`)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

/** Collects pictures and stores them under their keys. @throws {Stop} */
export const pictureWriter = (place: Place) => {
  let waiting: Picture[] = []
  let stored = 0
  const flush = async () => {
    if (waiting.length === 0) return stored
    if (place.remote) await upload(waiting, place)
    else {
      const { AVATARS } = await localBindings(place)
      for (const { key, bytes } of waiting) await AVATARS.put(key, bytes, { httpMetadata: { contentType: type } })
    }
    stored += waiting.length
    waiting = []
    return stored
  }
  return {
    put: async (key: string, bytes: Buffer) => {
      // The key becomes the name of a file.
      if (!isAvatarKey(key)) throw new Stop('The backup contains a picture whose name is not a valid key.')
      waiting.push({ key, bytes })
      if (waiting.length === perUpload) await flush()
    },
    flush,
  }
}
