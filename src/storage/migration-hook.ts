import type { MigrationHook } from '../domain/ports/migration-hook.ts'
import type { Clock } from '../domain/ports/outside.ts'
import { logError } from '../log.ts'
import { elapsed, newMeter, timed } from '../meter.ts'
import { withTimeout } from './database.ts'

/** Milliseconds for the whole answer: somebody is waiting for it. */
const timeoutMs = 3000

/** The most characters of an answer. A valid one has about 15. */
const longest = 1024

const utf8 = new TextEncoder()

const hmac = async (secret: string, text: string) => {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', utf8.encode(secret), algorithm, false, ['sign'])
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(text)))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

const shortText = async ({ body }: Response) => {
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value
    if (text.length > longest) throw new Error('too long')
  }
  return text
}

/**
 * Calls MIGRATION_HOOK, by https or through a service binding. The signature covers the request and its time, so that
 * the old system can refuse requests from others. Only status 200 with `{"valid": true}` or `{"valid": false}` is an
 * answer.
 */
export const createMigrationHook = (
  { url, secret }: { url: string; secret: string },
  binding: Fetcher | undefined,
  now: Clock,
): MigrationHook => {
  const answer = async (body: string) => {
    const time = String(Math.floor(now().getTime() / 1000))
    const request = {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'Gatehouse',
        'Gatehouse-Time': time,
        'Gatehouse-Signature': await hmac(secret, `${time}.${body}`),
      },
      body,
      redirect: 'manual' as const,
      signal: AbortSignal.timeout(timeoutMs),
    }
    const response = await (binding ? binding.fetch(url, request) : fetch(url, request))
    if (response.status !== 200) throw Object.assign(new Error('refused'), { code: response.status })
    const { valid } = JSON.parse(await shortText(response)) as { valid?: unknown }
    if (typeof valid !== 'boolean') throw new Error('no answer')
    return valid
  }
  return {
    async ask({ email, externalId }, password) {
      const meter = newMeter()
      const asking = answer(JSON.stringify({ email, external_id: externalId, password }))
      const right = await timed('fetch', () => withTimeout(timeoutMs, asking, 'late')).catch((error) => {
        logError('the migration hook', error)
        return undefined
      })
      return { right, ms: elapsed(meter) }
    },
  }
}
