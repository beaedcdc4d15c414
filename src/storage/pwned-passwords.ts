import type { KnownBreaches } from '../domain/ports/pwned-passwords.ts'
import { logError } from '../log.ts'
import { timed } from '../meter.ts'

/** Milliseconds for the whole answer: somebody is waiting for it. */
const timeoutMs = 1000

/** The most characters of an answer: a valid one has about 2,000 lines of 45 bytes. */
const longest = 400_000

/** Seconds for which Cloudflare may answer from its cache: ranges change with each breach, not every hour. */
const cacheSeconds = 86_400

const utf8 = new TextEncoder()

/** The list consists of SHA-1 hashes, so SHA-1 is used to ask it. Nothing is stored or protected by that hash. */
const sha1 = async (text: string) => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', utf8.encode(text)))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('')
}

const readRange = async (response: Response): Promise<string> => {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value
    if (text.length > longest) throw new Error('too long')
  }
  if (!/^[0-9A-F]{35}:\d+(\r?\n[0-9A-F]{35}:\d+)*\s*$/.test(text)) throw new Error('not a range')
  return text
}

/**
 * Have I Been Pwned's list of passwords, asked with k-anonymity: only the first 5 of the hash's 40 digits leave the
 * Worker, and all hashes with that prefix come back. Lines with a count of 0 are padding.
 * https://haveibeenpwned.com/API/v3#PwnedPasswords
 */
export const createPwnedPasswords = (): KnownBreaches => ({
  async include(password) {
    try {
      const hash = await sha1(password)
      const range = await timed('fetch', async () => {
        const response = await fetch(`https://api.pwnedpasswords.com/range/${hash.slice(0, 5)}`, {
          headers: { 'Add-Padding': 'true', 'User-Agent': 'Gatehouse' },
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
          cf: { cacheEverything: true, cacheTtl: cacheSeconds },
        })
        if (response.status !== 200) throw Object.assign(new Error('refused'), { code: response.status })
        return readRange(response)
      })
      return range.split(/\r?\n/).some((line) => line.startsWith(`${hash.slice(5)}:`) && !/:0+$/.test(line))
    } catch (error) {
      logError('breach check', error)
      return undefined
    }
  },
})
