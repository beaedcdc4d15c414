import type { Visitor } from './model.ts'
import { browsers, firstOf, systems } from './user-agents.ts'

export type Device = { browser: string | null; os: string | null }

/** Browser and system by names of our own list, so that nothing a client made up is ever shown or mailed. */
export const deviceOf = (userAgent: string | null): Device => ({
  browser: userAgent ? firstOf(browsers, userAgent) : null,
  os: userAgent ? firstOf(systems, userAgent) : null,
})

/** As a person would name it. */
export const deviceName = ({ browser, os }: Device) =>
  browser && os ? `${browser} on ${os}` : (browser ?? (os ? `a program on ${os}` : 'a program'))

/** Of a request, for a mail that it causes: names out of fixed lists, as far as they are known. */
export const circumstances = ({ userAgent, city, country }: Visitor): Record<string, string> => {
  const { browser, os } = deviceOf(userAgent)
  return Object.fromEntries(
    Object.entries({ browser, os, city, country }).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
}

/** City and country as Cloudflare sees them; empty where it does not. */
export const placeName = ({ city, country }: Pick<Visitor, 'city' | 'country'>) =>
  [city, country].filter(Boolean).join(', ')
