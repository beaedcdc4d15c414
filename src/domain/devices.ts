import type { Visitor } from './model.ts'
import { browsers, firstOf, systems } from './user-agents.ts'

export type Device = { browser: string | null; os: string | null }

/**
 * Returns browser and operating system by names from our own list, so that no text chosen by a client is shown or
 * mailed.
 */
export const deviceOf = (userAgent: string | null): Device => ({
  browser: userAgent ? firstOf(browsers, userAgent) : null,
  os: userAgent ? firstOf(systems, userAgent) : null,
})

/** Returns the device in words for people. */
export const deviceName = ({ browser, os }: Device) =>
  browser && os ? `${browser} on ${os}` : (browser ?? (os ? `a program on ${os}` : 'a program'))

/**
 * Returns the browser, operating system and place of a request, as far as they are known, for the mail that the request
 * causes. None of them is text that the client chose.
 */
export const circumstances = ({ userAgent, city, country }: Visitor): Record<string, string> => {
  const { browser, os } = deviceOf(userAgent)
  return Object.fromEntries(
    Object.entries({ browser, os, city, country }).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
}

/** Returns city and country as Cloudflare reports them; empty if it does not. */
export const placeName = ({ city, country }: Pick<Visitor, 'city' | 'country'>) =>
  [city, country].filter(Boolean).join(', ')
