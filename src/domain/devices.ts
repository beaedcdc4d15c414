import type { Visitor } from './ports.ts'

export type Device = { browser: string | null; os: string | null }

/**
 * Browser and system by their names in the parser's lists, so that nothing a client made up is ever shown or mailed.
 * The parser is loaded with the first question, not when the Worker starts.
 */
export const deviceOf = async (userAgent: string | null): Promise<Device> => {
  if (!userAgent) return { browser: null, os: null }
  const { default: bowser } = await import('bowser')
  const known = new Set(Object.values(bowser.BROWSER_MAP))
  const systems = new Set(Object.values(bowser.OS_MAP))
  const { browser, os } = bowser.parse(userAgent)
  return {
    browser: browser.name && known.has(browser.name) ? browser.name : null,
    os: os.name && systems.has(os.name) ? os.name : null,
  }
}

/** As a person would name it. */
export const deviceName = ({ browser, os }: Device) =>
  browser && os ? `${browser} on ${os}` : (browser ?? (os ? `a program on ${os}` : 'a program'))

/** City and country as Cloudflare sees them; empty where it does not. */
export const placeName = ({ city, country }: Pick<Visitor, 'city' | 'country'>) =>
  [city, country].filter(Boolean).join(', ')
