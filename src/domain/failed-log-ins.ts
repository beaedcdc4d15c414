import { auditEntry, auditWindowMs } from './audit.ts'
import { leastId, newId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { Visitor } from './model.ts'
import type { AuditStore } from './ports/audit.ts'
import type { Defer } from './ports/outside.ts'

/**
 * Added to the refusal after too many consecutive failures, for which no reasonable wait helps. Known and unknown
 * addresses get the same words.
 */
export const opens =
  'Too many failed attempts in a row. Use “Forgot password”: setting a new password by the mailed link unlocks this account.'

/**
 * Records a failed log-in in the audit, after the reply. Failures of one account within a window share one entry. So do
 * failures of one network for unknown addresses, however many addresses it tries.
 */
export const createFailureCount =
  ({ auditStore, limits, macs, defer }: { auditStore: AuditStore; limits: Limits; macs: Macs; defer: Defer }) =>
  (canonical: string, userId: string | null, visitor: Visitor, at: Date): void => {
    const window = new Date(Math.floor(at.getTime() / auditWindowMs) * auditWindowMs)
    // For IPv6 this is the /48: whoever holds one has 65,536 networks of /64.
    const subject = userId === null ? `from ${visitor.networks.at(-1)?.key}` : `${canonical} ${userId}`
    const id = newId(at, macs.sign('audit', `log_in_failed ${subject} ${window.getTime()}`))
    const all = limits.logInFailures()
    defer(
      auditStore.countFailure(
        { ...auditEntry(visitor, at), id, since: leastId(window), event: 'log_in_failed', userId },
        all,
        {
          id: newId(at),
          at,
          ip: null,
          userAgent: null,
          event: 'spray_suspected',
          userId: null,
          detail: { failures: all.limit, seconds: all.window / 1000 },
        },
      ),
    )
  }
