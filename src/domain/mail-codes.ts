import { base64url } from 'jose'
import type { Macs } from './macs.ts'

/** With the limit of wrong codes, 10^8 possible codes are enough against guessing (ASVS 6.6.3). */
const digits = 8

const codeFrom = (mac: string) =>
  String(new DataView(base64url.decode(mac).buffer).getBigUint64(0) % 10n ** BigInt(digits)).padStart(digits, '0')

const utf8 = new TextEncoder()

/**
 * Codes in mails: digits of a MAC of the mail's id, so that no code is stored. A code is good only together with a
 * challenge that names its mail, and so only for whoever asked for the mail.
 */
export const createMailCodes = (macs: Macs) => ({
  of: (mailId: string): string => codeFrom(macs.sign('mail code', mailId)),

  /** Whether a typed text is the mail's code under one of the keys. Spaces and hyphens do not matter; compared in constant time. */
  matches: (mailId: string, typed: string): boolean => {
    const given = utf8.encode(typed.replace(/[\s-]/g, ''))
    return macs
      .signAll('mail code', mailId)
      .map((mac) => utf8.encode(codeFrom(mac)))
      .map((code) => given.length === code.length && crypto.subtle.timingSafeEqual(code, given))
      .includes(true)
  },
})

export type MailCodes = ReturnType<typeof createMailCodes>
