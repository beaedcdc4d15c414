import type { Settings } from '../settings.ts'
import { circumstances } from './devices.ts'
import type { EmailAddress } from './email.ts'
import { rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Limit, Visitor } from './model.ts'
import { type MailDelivery, spentFrom } from './outbox.ts'
import type { LinkRequestStore } from './ports/link-requests.ts'
import type { Clock, Defer } from './ports/outside.ts'

type Needs = {
  linkRequestStore: LinkRequestStore
  mailDelivery: MailDelivery
  limits: Limits
  settings: Settings
  now: Clock
  defer: Defer
}

export type LinkRequests = ReturnType<typeof createLinkRequests>

/** Mails that anybody can request for an address: to verify it, or to set a new password. */
export const createLinkRequests = ({ linkRequestStore, mailDelivery, limits, settings, now, defer }: Needs) => {
  const lifetimesMs = { verify: settings.emailVerificationSeconds * 1000, reset: settings.passwordResetSeconds * 1000 }

  return {
    /**
     * Mails a link if the address has a user who qualifies. The caller does not learn whether.
     * @param counted the limits of the caller
     * @throws AuthError `rate_limited`
     */
    async request(
      purpose: 'verify' | 'reset',
      email: EmailAddress,
      visitor: Visitor,
      counted: Limit[] = limits.link(visitor),
    ): Promise<void> {
      const at = now()
      const result = await linkRequestStore.request({
        purpose,
        emailCanonical: email.canonical,
        limits: counted,
        mailId: randomId(),
        mailLimits: limits.mail(email.canonical, purpose),
        // Mails to new accounts wait once most of the day's quota is used.
        spent: purpose === 'verify' ? spentFrom(settings.mailDailyQuota, at) : undefined,
        lifetimesMs,
        detail: circumstances(visitor),
        language: visitor.language,
        now: at,
      })
      if ('refusedUntil' in result) throw rateLimited(result.refusedUntil, at)
      // Runs after the reply whether or not there is a mail, so that the time reveals nothing.
      defer(mailDelivery.deliver(result.mail))
    },
  }
}
