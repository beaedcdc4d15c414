import type { LinkName, LinkPurpose } from '../domain/mails.ts'
import type { Letter } from '../domain/ports/mailer.ts'
import type { Settings } from '../settings.ts'
import type { Block } from './layout.ts'

/** The settings that the words of a mail depend on. */
export type MessageSettings = Pick<Settings, 'appName' | 'frontendUrl' | 'links'>

/** The words of one mail. */
export type Words = { subject: string; heading: string; preview: string; blocks: Block[] }

/** Returns `30 minutes`, `24 hours`, `7 days`: the largest unit without a remainder, and days only from two on. */
export const lifetime = ({ createdAt, expiresAt }: Letter): string => {
  const minutes = Math.round((expiresAt.getTime() - createdAt.getTime()) / 60_000)
  const [unit, size] =
    minutes % 1440 === 0 && minutes > 1440 ? ['day', 1440] : minutes % 60 === 0 ? ['hour', 60] : ['minute', 1]
  const count = minutes / Number(size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/**
 * Returns `21 Nov 2026 at 14:05 UTC`. ECMA-262 fixes the format of `toUTCString`; that of `toLocaleString` depends on
 * the runtime.
 */
export const atTime = (time: Date): string => {
  const text = time.toUTCString()
  return `${text.slice(5, 16)} at ${text.slice(17, 22)} UTC`
}

export const once = (letter: Letter) =>
  `The link works once, for ${lifetime(letter)}, until ${atTime(letter.expiresAt)}.`

/** Returns the link of this purpose: a URL, or a button if it has a label. */
export const link = (
  purpose: LinkPurpose,
  { kind, tokens }: Letter,
  { links }: MessageSettings,
  label?: string,
): Block => {
  const token = tokens[purpose]
  if (token === undefined) throw new TypeError(`A mail of kind ${kind} needs the token of its ${purpose}`)
  return {
    label,
    url: links[purpose.slice('link '.length) as LinkName].replaceAll('{token}', () => encodeURIComponent(token)),
  }
}

/** Returns `Firefox on Linux, near Berlin, DE`, as far as it is known. */
export const device = ({ browser, os, city, country }: Record<string, string | undefined>): string | undefined => {
  const what = [browser, os].filter(Boolean).join(' on ')
  const where = [city, country].filter(Boolean).join(', ')
  return [what, where && `near ${where}`].filter(Boolean).join(', ') || undefined
}

/**
 * Returns ` on 21 Nov 2026 at 14:05 UTC, from Firefox on Linux, near Berlin, DE`: time and origin of the request that
 * caused a mail.
 */
export const asked = (letter: Letter): string => {
  const whence = device(letter.detail)
  return ` on ${atTime(letter.createdAt)}${whence ? `, from ${whence}` : ''}`
}

/** Returns the new address, which the domain has masked because a requester chose it. */
export const newAddress = ({ detail }: Letter): string => detail.address ?? 'which is not shown here'

/** Returns time and origin of the request that caused the mail. An admin's device is not disclosed. */
export const circumstances = (app: string, { createdAt, detail }: Letter) =>
  detail.by === 'admin'
    ? `An administrator of ${app} caused this message, on ${atTime(createdAt)}.`
    : `That was on ${atTime(createdAt)}, from this device: ${device(detail) ?? 'not known'}.`

/** Returns the words of a mail. */
export type Wording = (app: string, letter: Letter, settings: MessageSettings) => Words
