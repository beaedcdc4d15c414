import type { Settings } from '../settings.ts'
import { AuthError } from './errors.ts'
import { leastId, newId } from './ids.ts'
import type { Macs } from './macs.ts'
import { normalizePassword } from './password-policy.ts'
import type { AuditStore } from './ports/audit.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { KnownBreaches } from './ports/pwned-passwords.ts'

/** Skipped checks within this many milliseconds share one audit entry, so that an outage cannot fill the audit. */
const auditWindowMs = 900_000

const detail = 'This password was found in a data breach. Choose another one.'

type Needs = {
  breaches: KnownBreaches
  auditStore: AuditStore
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
}

/**
 * Refuses a new password that is known from a breach, if `BREACH_CHECK` is on (ASVS 5.0 6.2.12, NIST SP 800-63B-4
 * §3.1.1.2). It asks another service, so it runs last: after all local rules and rate limits. If that service does not
 * answer, the password is accepted, since it has passed the list of common ones, and the audit records the skipped
 * check.
 */
export const createBreachCheck = ({ breaches, auditStore, macs, settings, now, defer }: Needs) => {
  const skipped = () => {
    const at = now()
    const window = new Date(Math.floor(at.getTime() / auditWindowMs) * auditWindowMs)
    const id = newId(at, macs.sign('audit', `breach_check_skipped ${window.getTime()}`))
    defer(
      auditStore.count({
        id,
        since: leastId(window),
        at,
        ip: null,
        userAgent: null,
        event: 'breach_check_skipped',
        userId: null,
      }),
    )
  }

  /** @throws AuthError `password_breached` for the member `field` of the input */
  return async (password: string, field: string): Promise<void> => {
    if (!settings.breachCheck) return
    const found = await breaches.include(normalizePassword(password))
    if (found === undefined) skipped()
    if (found)
      throw new AuthError('password_breached', { detail, errors: [{ field, code: 'password_breached', detail }] })
  }
}

export type BreachCheck = ReturnType<typeof createBreachCheck>
