import * as z from 'zod'
import { auditEvents } from '../domain/audit.ts'
import { Email, Name, Phone } from './schemas.ts'

/** What `/api/admin` takes. Bodies refuse members they do not know: a typo must not pass for "unchanged". */

const Role = z.enum(['user', 'admin'])
const Status = z.enum(['active', 'disabled'])

const Whole = (least: number, most: number, otherwise: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, { error: 'is not a whole number' })
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .default(otherwise)

/** A page so deep costs every row before it; the cursor costs none. */
const deepest = 10_000

const sorts = ['created_at', '-created_at', 'email', '-email', 'last_login_at', '-last_login_at'] as const

const Cursor = z.string().min(1).max(512).meta({ description: '`next_cursor` of the page before.' })

export const UsersQuery = z
  .object({
    page: Whole(1, 10_000, 1).meta({ description: 'From 1. Not with `cursor`.' }),
    per_page: Whole(1, 100, 20).meta({ description: '1 to 100' }),
    cursor: Cursor.optional(),
    search: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { error: 'contains control characters' })
      .optional()
      .meta({
        description:
          'Three characters or more match anywhere in e-mail or name, one or two at the beginning. All characters are literal.',
      }),
    role: Role.optional(),
    status: Status.optional(),
    email_verified: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional(),
    sort: z
      .enum(sorts)
      .optional()
      .meta({ description: '`-` for descending. Only without search and filters, which are newest first.' }),
  })
  .refine((query) => query.page * query.per_page <= deepest, {
    path: ['page'],
    error: `reaches beyond ${deepest} users: go on with cursor`,
  })
  .refine((query) => query.cursor === undefined || query.page === 1, {
    path: ['page'],
    error: 'does not go with cursor',
  })
  .refine(
    ({ sort, search, role, status, email_verified }) =>
      sort === undefined ||
      sort === '-created_at' ||
      [search, role, status, email_verified].every((v) => v === undefined),
    { path: ['sort'], error: 'does not go with search and filters, which are newest first' },
  )

/** Any other text names no user, and is not looked up. */
export const UserParam = z.object({ id: z.string().max(64) })

export const CreateUserBody = z
  .strictObject({ email: Email, name: Name.nullish(), role: Role.default('user') })
  .meta({ id: 'CreateUser' })

export const EditUserBody = z
  .strictObject({
    email: Email.optional(),
    name: Name.nullish(),
    phone: Phone.nullish(),
    email_verified: z.boolean().optional(),
  })
  .meta({ id: 'EditUser', description: 'What is left out stays as it is; `null` clears name or phone.' })

export const RoleBody = z.strictObject({ role: Role }).meta({ id: 'Role' })

export const StatusBody = z.strictObject({ status: Status }).meta({ id: 'Status' })

const Instant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional()

export const AuditQuery = z.object({
  user: z.string().max(64).optional().meta({ description: 'Whom it happened to.' }),
  actor: z.string().max(64).optional().meta({ description: 'Who did it.' }),
  event: z.enum(auditEvents).optional(),
  from: Instant.meta({ description: 'ISO 8601, inclusive' }),
  to: Instant.meta({ description: 'ISO 8601, exclusive' }),
  cursor: Cursor.pipe(z.uuid()).optional(),
  per_page: Whole(1, 100, 50).meta({ description: '1 to 100' }),
})
