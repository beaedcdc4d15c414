import * as z from 'zod/mini'
import { auditEvents } from '../domain/audit.ts'
import { trimmed } from '../domain/text.ts'
import { notOfThisList } from '../domain/user-directory.ts'
import { Email, ExternalId, Locale, Metadata, Name, NewEmail, Phone } from './fields.ts'

/** Requests of `/api/admin`. Bodies with unknown members are refused: a typo must not mean "unchanged". */

const Role = z.enum(['user', 'admin'])
const Status = z.enum(['active', 'disabled'])

const Whole = (least: number, most: number, otherwise: number) =>
  z._default(
    z.pipe(
      z.string().check(z.regex(/^-?\d{1,15}$/, { error: 'is not a whole number' })),
      z.pipe(
        z.transform(Number),
        z
          .int()
          .check(
            z.minimum(least, { error: `is less than ${least}`, abort: true }),
            z.maximum(most, { error: `is more than ${most}`, abort: true }),
          ),
      ),
    ),
    otherwise,
  )

/**
 * The deepest row that `page` reaches. To find a page by its number, the database reads every row before it; with a
 * cursor it reads none of them.
 */
const deepest = 10_000

const sorts = ['created_at', '-created_at', 'email', '-email', 'last_login_at', '-last_login_at'] as const

const longestCursor = 512

/** Checks only the form of a cursor. The store decides whether it belongs to this list. */
const cursorOf = (fits: (text: string) => boolean) =>
  z.string().check(z.refine(fits, { error: notOfThisList, params: { code: 'invalid_cursor' } }))

const flag = () =>
  z.pipe(
    z.enum(['true', 'false']),
    z.pipe(
      z.transform((text: 'true' | 'false') => text === 'true'),
      z.boolean(),
    ),
  )

/** Days of history. Each day is a row in each series, and no request may read more than 1,100 rows. */
export const StatsQuery = z.object({ days: Whole(1, 120, 30) })

export const UsersQuery = z
  .object({
    page: Whole(1, 10_000, 1),
    per_page: Whole(1, 100, 20),
    cursor: z.optional(cursorOf((text) => text.length <= longestCursor)),
    search: z.optional(
      z.string().check(
        z.overwrite(trimmed),
        z.maxLength(254),
        z.refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { error: 'contains control characters' }),
      ),
    ),
    role: z.optional(Role),
    status: z.optional(Status),
    email_verified: z.optional(flag()),
    invited: z.optional(
      z.pipe(
        z.literal('true'),
        z.transform(() => true),
      ),
    ),
    mfa_required: z.optional(z.literal('true')),
    external_id: z.optional(ExternalId),
    sort: z.optional(z.enum(sorts)),
  })
  .check(
    z.refine((query) => query.page * query.per_page <= deepest, {
      path: ['page'],
      error: `is beyond ${deepest} users: continue with cursor`,
      params: { code: 'too_large' },
    }),
    z.refine((query) => query.cursor === undefined || query.page === 1, {
      path: ['page'],
      error: 'cannot be combined with cursor',
    }),
    z.refine(
      ({ sort, search, role, status, email_verified, mfa_required, external_id, invited }) =>
        sort === undefined ||
        sort === '-created_at' ||
        [search, role, status, email_verified, mfa_required, external_id, invited].every((v) => v === undefined),
      { path: ['sort'], error: 'cannot be combined with search or filters, which list the newest first' },
    ),
    z.refine(
      ({ invited, search, role, status, email_verified, mfa_required, external_id }) =>
        invited === undefined ||
        [search, role, status, email_verified, mfa_required, external_id].every((value) => value === undefined),
      { path: ['invited'], error: 'cannot be combined with search or other filters' },
    ),
    z.refine(({ search, external_id }) => search === undefined || external_id === undefined, {
      path: ['external_id'],
      error: 'cannot be combined with search, which finds a whole external id too',
    }),
  )

/** A longer text is not an id and is not looked up. */
export const IdParam = z.object({ id: z.string().check(z.maxLength(64)) })

export const UserFactorParam = z.object({ ...IdParam.shape, factor: z.string().check(z.maxLength(64)) })

export const CreateUserBody = z.strictObject({
  email: NewEmail,
  name: z.nullish(Name),
  role: z._default(Role, 'user'),
  locale: z.nullish(Locale),
  external_id: z.nullish(ExternalId),
  metadata: z.nullish(Metadata),
})

export const EditUserBody = z.strictObject({
  email: z.optional(Email),
  name: z.nullish(Name),
  phone: z.nullish(Phone),
  locale: z.nullish(Locale),
  email_verified: z.optional(z.boolean()),
  mfa_required: z.optional(z.boolean()),
  external_id: z.nullish(ExternalId),
  metadata: z.nullish(Metadata),
})

export const RoleBody = z.strictObject({ role: Role })

export const StatusBody = z.strictObject({ status: Status })

const instant = () =>
  z.optional(
    z.pipe(
      z.iso.datetime({ offset: true }),
      z.transform((text) => new Date(text)),
    ),
  )

const userId = () => z.optional(z.string().check(z.maxLength(64)))

/** The states by which mails are listed. If the request names a user, mails of every state are listed. */
export const MailsQuery = z.object({
  state: z._default(z.enum(['failed', 'waiting']), 'failed'),
  user: userId(),
  cursor: z.optional(cursorOf((text) => /^\d{1,15} [\w-]{22}$/.test(text))),
  per_page: Whole(1, 100, 50),
})

export const AuditQuery = z.object({
  user: userId(),
  actor: userId(),
  event: z.optional(z.enum(auditEvents)),
  from: instant(),
  to: instant(),
  cursor: z.optional(cursorOf((text) => z.uuid().safeParse(text).success)),
  per_page: Whole(1, 100, 50),
  names: z.optional(flag()),
})

export const ArchiveQuery = z.object({
  cursor: z.optional(cursorOf((text) => /^\d{4}-\d\d-\d\d$/.test(text))),
  per_page: Whole(1, 100, 50),
})
