import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placeOf, wrangler } from './cloudflare-account.ts'
import { explain, localBindings, type Place, Stop } from './database.ts'
import type { Deployment } from './deployment.ts'

export type Reader = (name: string) => Promise<Uint8Array<ArrayBuffer> | undefined>

/**
 * Returns a function that reads objects of a bucket. From a deployment, each read takes a process of wrangler.
 * @param name the bucket's name in the account; undefined if none is bound
 * @throws {Stop} `unbound` if no bucket is bound
 */
export const readerOf = async (
  deployment: Deployment,
  place: Place,
  binding: 'BACKUPS' | 'AUDIT_ARCHIVE',
  name: string | undefined,
  unbound: string,
): Promise<Reader> => {
  if (name === undefined) throw new Stop(unbound)
  if (!place.remote) {
    const { [binding]: bucket } = await localBindings(place)
    if (!bucket) throw new Stop(unbound)
    return async (key) => {
      const object = await bucket.get(key)
      return object ? new Uint8Array(await object.arrayBuffer()) : undefined
    }
  }
  return async (key) => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
    const file = join(folder, 'object')
    try {
      const args = ['r2', 'object', 'get', `${name}/${key}`, '--file', file, '--remote']
      const { status, output } = await wrangler(args, deployment)
      if (status === 0) return new Uint8Array(readFileSync(file))
      if (/key does not exist|NoSuchKey|10007/i.test(output)) return
      throw new Stop(explain(output, placeOf(deployment, true)))
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    }
  }
}
