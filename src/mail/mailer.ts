import type { Mailer } from '../domain/ports/mailer.ts'
import { countMail, measured } from '../meter.ts'
import type { Settings } from '../settings.ts'
import { compose, oneLine } from './messages.ts'
import type { MessageSettings } from './wording.ts'

/**
 * The address bounced or complained before, and the service will not try again. All else may pass: faults by themselves,
 * a sender that is not set up when the operator mends it.
 */
const final = new Set(['E_RECIPIENT_SUPPRESSED'])

/** Milliseconds after which a quota may have room again. To meet one is no attempt: no letter would have passed. */
const rests: Record<string, number> = { E_DAILY_LIMIT_EXCEEDED: 3_600_000, E_RATE_LIMIT_EXCEEDED: 60_000 }

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^E_[A-Z_]{1,60}$/.test(code) ? code : 'unknown'
}

/** Would end the address, or begin another one or another header. The simulator of the binding lets them pass. */
const unsafe = /[\p{Cc}\s<>,;"]/u

/**
 * Sends through the `send_email` binding. Never rejects, and neither logs nor returns an address: what the service
 * says about a failure holds the recipient's, so that only its code goes on.
 */
export const createMailer = (binding: SendEmail, settings: MessageSettings & Pick<Settings, 'mailFrom'>): Mailer => {
  const send: Mailer = async (letter) => {
    if (unsafe.test(letter.to)) return { code: 'unsafe_address', final: true }
    try {
      await measured('mail', () =>
        binding.send({
          from: { email: settings.mailFrom.email, name: oneLine(settings.mailFrom.name) },
          to: letter.to,
          ...compose(letter, settings),
          // RFC 3834 §5: keeps holiday notices from answering.
          headers: { 'Auto-Submitted': 'auto-generated' },
        }),
      )
      return 'sent'
    } catch (error) {
      const code = codeOf(error)
      return { code, final: final.has(code), rest: rests[code] }
    }
  }

  return async (letter) => {
    const result = await send(letter)
    countMail(result === 'sent' ? undefined : result.code)
    return result
  }
}
