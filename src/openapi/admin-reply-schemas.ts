import * as z from 'zod'
import { mailKinds } from '../domain/mails.ts'
import { Address, AuditRecord, Time, User } from './reply-schemas.ts'

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
    users: z
      .array(z.object({ id: z.string(), email: Address, name: z.string().nullable() }))
      .optional()
      .meta({ description: 'With `names=true`: the users and actors of these entries, if they still exist.' }),
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

const Series = z.array(z.object({ day: z.iso.date(), count: z.int() }))

export const StatsReply = z
  .object({
    total_users: z.int(),
    verified_users: z.int(),
    unverified_users: z.int(),
    admin_users: z.int(),
    disabled_users: z.int(),
    active_sessions: z.int().meta({
      description:
        'Sessions that had not ended when the cron last counted them. Counting all of them takes it up to a day.',
    }),
    totp_users: z.int().meta({ description: 'Users with an authenticator app.' }),
    passkey_users: z.int().meta({ description: 'Users with a passkey.' }),
    awaiting_migration: z.int().meta({
      description: 'Users whose password the old system still has: `MIGRATION_HOOK` is asked at their first log-in.',
    }),
    failed_mails: z.int().meta({ description: 'Mails that failed and were not sent since, up to 100.' }),
    cron_ran_at: Time.nullable().meta({ description: 'When the cron ran, to the hour: it notes one run an hour.' }),
    cron_faults: z.int().meta({ description: 'Parts of the cron that failed in its last run.' }),
    recent_registrations: z.int().meta({ description: 'In the last seven days.' }),
    registrations: Series,
    logins: Series,
    failures: Series.meta({ description: 'Refused log-ins.' }),
    active_users: Series.meta({ description: 'Users who logged in or refreshed on the day.' }),
    active_users_by_week: Series.meta({ description: 'Users of each week; `day` is its Monday.' }),
    active_users_by_month: Series.meta({ description: 'Users of each month; `day` is its first day.' }),
    mails_sent: Series,
    mails_failed: Series.meta({ description: 'Mails of the day that were given up.' }),
    factors_added: Series.meta({ description: 'Authenticator apps and passkeys.' }),
  })
  .meta({ id: 'Stats' })

export const MailsReply = z
  .object({
    mails: z.array(
      z.object({
        id: z.string(),
        user_id: z.string().nullable(),
        kind: z.enum(mailKinds),
        email: Address,
        state: z.enum(['sent', 'waiting', 'failed', 'dropped']).meta({
          description:
            '`dropped`: the mail was not sent, because the reason for it no longer existed or its link had expired.',
        }),
        created_at: Time,
        sent_at: Time.nullable(),
        attempts: z.int(),
        next_attempt_at: Time.nullable(),
        error: z.string().nullable().meta({ description: 'The code of the last failure.' }),
      }),
    ),
    failed: z.int().meta({ description: 'Mails of all users that failed and were not sent since, up to 100.' }),
    waiting: z.int().meta({ description: 'Mails of all users that wait for an attempt, up to 100.' }),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'Mails' })

export const SettingsReply = z
  .object({
    version: z.string(),
    settings: z
      .record(z.string(), z.string())
      .meta({ description: 'Every setting but the secrets, by name. A setting without a value is an empty text.' }),
    advice: z.array(z.string()).meta({ description: 'Settings that are weaker than recommended.' }),
    keys: z
      .record(z.string(), z.array(z.string()))
      .meta({ description: 'The ids of the keys, the current one first.' }),
    secrets: z.record(z.string(), z.boolean()).meta({ description: 'Whether each secret is set.' }),
    bindings: z.record(z.string(), z.boolean()).meta({ description: 'Whether the deployment has each binding.' }),
  })
  .meta({ id: 'Settings' })
