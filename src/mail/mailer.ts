import { lookUp } from '../domain/languages.ts'
import type { Mailer } from '../domain/ports/mailer.ts'
import { countMail, timed } from '../meter.ts'
import type { Settings } from '../settings.ts'
import type { Catalogue } from './catalogue.ts'
import { compose, type MessageSettings, oneLine } from './messages.ts'

/**
 * Errors that are final: the address bounced or its owner complained before, and the mail service will not try again.
 * Every other error may go away, by itself or when the operator corrects the sender.
 */
const final = new Set(['E_RECIPIENT_SUPPRESSED'])

/**
 * Milliseconds after which an exhausted quota may have room again. Such an error does not count as an attempt, because
 * the mail service would have taken no letter at all.
 */
const rests: Record<string, number> = { E_DAILY_LIMIT_EXCEEDED: 3_600_000, E_RATE_LIMIT_EXCEEDED: 60_000 }

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^E_[A-Z_]{1,60}$/.test(code) ? code : 'unknown'
}

/**
 * Characters that would end the address or begin another address or header. The local simulator of the binding accepts
 * them.
 */
const unsafe = /[\p{Cc}\s<>,;"]/u

/**
 * Creates a mailer for the `send_email` binding. It never rejects, and neither logs nor returns an address: the
 * service's error messages contain the recipient, so only their code is passed on.
 */
export const createMailer = (
  binding: SendEmail,
  settings: MessageSettings & Pick<Settings, 'mailFrom' | 'defaultLanguage'>,
  wordsOf: Catalogue,
): Mailer => {
  const send: Mailer = async (letter) => {
    if (unsafe.test(letter.to)) return { code: 'unsafe_address', final: true }
    try {
      // A language that a newer release has, or an older one had, is looked up like any other.
      const words = await wordsOf(lookUp(letter.locale ?? '') ?? settings.defaultLanguage)
      await timed('mail', () =>
        binding.send({
          from: { email: settings.mailFrom.email, name: oneLine(settings.mailFrom.name) },
          to: letter.to,
          ...compose(letter, settings, words),
          // RFC 3834 §5: keeps autoresponders from answering.
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
