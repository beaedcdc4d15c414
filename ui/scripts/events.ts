import { eventWord, word } from './words.ts'

/** Entries of the audit in words. */

export const eventName = (event: string): string => eventWord(event) ?? event

/** Returns the device of an entry or a session. */
export const deviceName = ({ browser, os }: { browser: string | null; os: string | null }): string =>
  browser && os ? word('device.browser_on_os', { browser, os }) : (browser ?? os ?? word('device.unknown'))
