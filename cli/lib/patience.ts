import { Stop } from './stop.ts'

const variable = 'GATEHOUSE_PATIENCE_SECONDS'

/**
 * Returns the milliseconds that a command waits for one answer of wrangler or of the local database. A nightly job must
 * fail at some point instead of waiting forever.
 */
export const patience = (): number => {
  const { [variable]: given = '600' } = process.env
  const seconds = Number(given)
  if (!(seconds > 0)) throw new Stop(`${variable} must be a number of seconds above 0.`)
  return seconds * 1000
}

export const tooLate = 'wrangler had no answer from Cloudflare in time, and was stopped.'

/** Awaits the work. @throws {Stop} if it takes too long */
export const withPatience = async <T>(work: Promise<T>, who: string): Promise<T> => {
  // The work may fail after nobody waits for it any more, which would end the process with a stack trace.
  work.catch(() => {})
  const waited = Promise.withResolvers<never>()
  const timer = setTimeout(() => waited.reject(new Stop(`${who} did not answer in time.`)), patience())
  try {
    return await Promise.race([work, waited.promise])
  } finally {
    clearTimeout(timer)
  }
}
