import * as z from 'zod'
import { AuditRecord, Time, User } from './reply-schemas.ts'

/** The replies of `/api/admin`. */

export const EditedUser = User.extend({
  password_dropped: z.boolean().meta({
    description:
      'Whether the password was removed, because the user had registered without verifying the address that the admin vouched for.',
  }),
}).meta({ id: 'EditedUser' })

export const UsersReply = z
  .object({
    users: z.array(User),
    total: z.int(),
    total_is_exact: z.boolean().meta({ description: 'False if a search found more than were counted.' }),
    page: z.int(),
    per_page: z.int(),
    pages: z.int(),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'Users' })

export const AuditReply = z
  .object({
    entries: z.array(AuditRecord),
    next_cursor: z.string().nullable(),
    complete_from: Time.nullable().meta({
      description: 'Entries before this time are in the archive and are not found here. Null: nothing is archived.',
    }),
  })
  .meta({ id: 'Audit' })

export const ArchiveReply = z
  .object({
    days: z.array(
      z.object({
        day: z.iso.date().meta({ description: 'In UTC.' }),
        entries: z.int(),
        bytes: z.int(),
        complete: z.boolean().meta({
          description: 'Whether every entry of the day is in the archive; otherwise the cron is moving them.',
        }),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'AuditArchive' })

const Series = z.array(z.object({ day: z.iso.date(), count: z.int() })).length(30)

export const StatsReply = z
  .object({
    total_users: z.int(),
    verified_users: z.int(),
    unverified_users: z.int(),
    admin_users: z.int(),
    disabled_users: z.int(),
    active_sessions: z.int().meta({
      description: 'Sessions that had not ended when the cron last counted them; it counts all within a day.',
    }),
    totp_users: z.int().meta({ description: 'Users with an authenticator app.' }),
    passkey_users: z.int().meta({ description: 'Users with a passkey.' }),
    awaiting_migration: z.int().meta({
      description: 'Users whose password the old system still has: `MIGRATION_HOOK` is asked at their first log-in.',
    }),
    recent_registrations: z.int().meta({ description: 'In the last seven days.' }),
    registrations: Series,
    logins: Series,
  })
  .meta({ id: 'Stats' })
