import { Hono } from 'hono'
import { needsFactor } from '../domain/required-factors.ts'
import type { SignedInEnv } from '../env.ts'
import { IdParam, StatsQuery, UsersQuery } from './admin-schemas.ts'
import { factorsReply } from './factor-replies.ts'
import { sessionEntry, userReply } from './replies.ts'
import { valid } from './validate.ts'

/** `/api/admin`: users, their sessions and factors, and statistics. */
export const userDirectory = new Hono<SignedInEnv>()
  .get('/users', valid('query', UsersQuery), async (c) => {
    const { page, per_page, cursor, search, role, status, email_verified, mfa_required, external_id, invited, sort } =
      c.req.valid('query')
    const { principal, visitor, services } = c.var
    const found = await services.userDirectory.list(
      { adminId: principal.userId, visitor },
      {
        search,
        filter: {
          ...{ role, status, invited, verified: email_verified, externalId: external_id },
          mfaRequired: mfa_required && true,
        },
        sort: sort ?? '-created_at',
        limit: per_page,
        offset: (page - 1) * per_page,
        after: cursor,
      },
    )
    return c.json({
      users: found.users.map((user) => userReply(c, user)),
      total: found.total,
      total_is_exact: found.totalIsExact,
      page,
      per_page,
      pages: Math.ceil(found.total / per_page),
      next_cursor: found.next ?? null,
    })
  })
  .get('/users/:id', valid('param', IdParam), async (c) => {
    const { principal, visitor, services } = c.var
    return c.json(userReply(c, await services.userDirectory.read(principal.userId, c.req.valid('param').id, visitor)))
  })
  .get('/users/:id/sessions', valid('param', IdParam), async (c) => {
    const { principal, visitor, services } = c.var
    const sessions = await services.userDirectory.sessionsOf(principal.userId, c.req.valid('param').id, visitor)
    return c.json({ sessions: sessions.map((session) => sessionEntry(c, session, principal.sid)) })
  })
  .get('/users/:id/factors', valid('param', IdParam), async (c) => {
    const { principal, visitor, services } = c.var
    const held = await services.userDirectory.factorsOf(principal.userId, c.req.valid('param').id, visitor)
    return c.json({ ...factorsReply(held), required: needsFactor(held.user, services.settings) })
  })
  .get('/stats', valid('query', StatsQuery), async (c) => {
    const s = await c.var.services.userDirectory.statistics(c.req.valid('query').days)
    return c.json({
      total_users: s.users,
      verified_users: s.verified,
      unverified_users: s.unverified,
      admin_users: s.admins,
      disabled_users: s.disabled,
      active_sessions: s.sessions,
      totp_users: s.totpUsers,
      passkey_users: s.passkeyUsers,
      awaiting_migration: s.awaitingMigration,
      failed_mails: s.failedMails,
      cron_ran_at: s.cronRanAt ? new Date(s.cronRanAt).toISOString() : null,
      cron_faults: s.cronFaults,
      recent_registrations: s.recentRegistrations,
      registrations: s.registrations,
      logins: s.logins,
      failures: s.failures,
      active_users: s.activeUsers,
      active_users_by_week: s.activeByWeek,
      active_users_by_month: s.activeByMonth,
      mails_sent: s.mailsSent,
      mails_failed: s.mailsFailed,
      factors_added: s.factorsAdded,
    })
  })
