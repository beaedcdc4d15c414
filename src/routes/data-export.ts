import { type Context, Hono } from 'hono'
import { deviceOf } from '../domain/devices.ts'
import type { AuditRow } from '../domain/model.ts'
import { withDeviceNames } from '../domain/own-sessions.ts'
import type { Holdings } from '../domain/ports/data-export.ts'
import type { SignedInEnv } from '../env.ts'
import { factorsReply } from './factor-replies.ts'
import { sessionShielded } from './guards.ts'
import { auditRecord, sessionEntry, trustedDeviceEntry, userReply } from './replies.ts'

/** `/api/user`: export of all data held on the user, and what happened to the account lately. */
export const dataExport = new Hono<SignedInEnv>()
  .get('/export', sessionShielded, async (c) => {
    const { principal, visitor, services } = c.var
    const holdings = await services.dataExport.holdings(principal, visitor)
    c.header('Content-Disposition', 'attachment; filename="account.json"')
    return c.json(exportReply(c, holdings))
  })
  .get('/activity', async (c) => {
    const entries = await c.var.services.dataExport.activity(c.var.principal)
    const told = entries.map(ownRecord)
    return c.json({ entries: told.map((entry) => ({ ...entry, ...deviceOf(entry.user_agent) })) })
  })

/** Users may see what an admin did to them, but not from where. */
const ownRecord = (row: AuditRow) => auditRecord(row.actorId === null ? row : { ...row, ip: null, userAgent: null })

const exportReply = (c: Context<SignedInEnv>, held: Holdings) => ({
  user: userReply(c, held.user),
  sessions: withDeviceNames(held.sessions).map((session) => sessionEntry(c, session, c.var.principal.sid)),
  factors: factorsReply(held.factors),
  devices: held.devices.map((device) => ({
    name: device.name,
    first_seen_at: device.firstSeenAt.toISOString(),
    last_seen_at: device.lastSeenAt.toISOString(),
  })),
  trusted_devices: held.trustedDevices.map(trustedDeviceEntry),
  mails: held.mails.map((mail) => ({
    kind: mail.kind,
    address: mail.address,
    created_at: mail.createdAt.toISOString(),
    sent_at: mail.sentAt?.toISOString() ?? null,
  })),
  audit: held.audit.map(ownRecord),
})
