import { auditEntry, auditWindow } from './audit.ts'
import { leastId, newId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { Visitor } from './model.ts'
import type { AuditStore } from './ports/audit.ts'
import type { Defer } from './ports/outside.ts'

/**
 * Tells the audit of a failed log-in, after the reply. Those of one account in a window share an entry; and so do those of
 * one network at addresses of nobody, however many addresses it tries.
 */
export const createFailureCount =
  ({ auditStore, limits, macs, defer }: { auditStore: AuditStore; limits: Limits; macs: Macs; defer: Defer }) =>
  (canonical: string, userId: string | null, visitor: Visitor, at: Date): void => {
    const window = new Date(Math.floor(at.getTime() / auditWindow) * auditWindow)
    // Of IPv6 the /48: whoever has one has 65,536 smaller networks.
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
