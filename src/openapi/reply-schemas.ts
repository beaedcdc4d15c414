import * as z from 'zod'
import { auditEvents } from '../domain/audit.ts'

/** Schemas of replies. Handlers build replies by type, and tests check each against these. Not part of the Worker. */

export const Time = z.iso.datetime().meta({ description: 'ISO 8601, UTC', examples: ['2026-11-21T09:30:00.000Z'] })

/** ASCII: an international domain is stored as its A-label. */
export const Address = z.string().meta({ format: 'email', examples: ['ada@example.com'] })

export const Url = z.string().meta({ format: 'uri' })

export const User = z
  .object({
    id: z.uuidv7().meta({ examples: ['019aa2f6-4c7b-7a0e-9f7e-0f3d6a1f2b3c'] }),
    email: Address,
    email_verified: z.boolean(),
    pending_email: Address.nullable().meta({ description: 'The new address that waits for confirmation.' }),
    name: z
      .string()
      .nullable()
      .meta({ examples: ['Ada Lovelace'] }),
    phone: z
      .string()
      .nullable()
      .meta({ description: 'E.164', examples: ['+442079460958'] }),
    locale: z
      .string()
      .nullable()
      .meta({ description: 'The language of mails to the user (BCP 47); null: not known.', examples: ['pt-BR'] }),
    avatar_url: Url.nullable(),
    role: z.enum(['user', 'admin']),
    status: z.enum(['active', 'disabled']),
    created_at: Time,
    updated_at: Time,
    last_login_at: Time.nullable(),
    second_factor: z.boolean().meta({ description: 'Whether a log-in also asks for a second factor.' }),
    mfa_required: z.boolean().meta({
      description: 'Whether an admin requires a second factor of this user. `MFA_REQUIRED` may require one as well.',
    }),
    has_password: z.boolean().meta({ description: 'Whether the user can log in by a password.' }),
    metadata: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Data about the user that admins and imports set.', examples: [{ plan: 'pro' }] }),
    external_id: z
      .string()
      .nullable()
      .meta({ description: "The user's id in another system, such as the one before an import." }),
  })
  .meta({ id: 'User' })

export const Warnings = z.array(z.string()).optional().meta({
  description:
    'A sentence for each member that other services know and that had no effect here. Absent if there is none.',
})

export const ChangedUser = User.extend({ warnings: Warnings }).meta({ id: 'ChangedUser' })

const DeviceToken = z.string().meta({
  description:
    'Keep it and send it as `Gatehouse-Device` with later log-ins of this device. It grants no access. Absent if tokens travel only as cookies.',
})

export const SessionReply = z
  .object({
    access_token: z.string().optional().meta({ description: 'A JWT (RFC 9068). Absent with `transport=cookie`.' }),
    token_type: z.literal('bearer'),
    expires_in: z.int().meta({ description: 'Seconds for which the access token is valid.', examples: [900] }),
    refresh_token: z.string().optional().meta({
      description: 'Valid for one refresh. Absent with `transport=cookie`, and if the old one came by cookie.',
    }),
    refresh_expires_in: z
      .int()
      .meta({ description: 'Seconds for which the refresh token is valid.', examples: [604800] }),
    proof: z.string().optional().meta({
      description: 'For one request of this session that requires full proof, in the header `Gatehouse-Proof`.',
    }),
    proof_expires_in: z
      .int()
      .optional()
      .meta({ description: 'Seconds for which the proof is valid.', examples: [300] }),
    trust_token: z.string().optional().meta({
      description:
        'If the device is trusted from now on: keep it, and send it as `Gatehouse-Trust` with later log-ins of this device. Absent with `transport=cookie`.',
    }),
    trust_expires_in: z
      .int()
      .optional()
      .meta({
        description: 'If the device is trusted from now on: the seconds for which it is.',
        examples: [2_592_000],
      }),
    recovery_codes_left: z.int().optional().meta({
      description: 'After a recovery code was used, or if at most three are left.',
    }),
    device_token: DeviceToken.optional(),
    user: User,
    warnings: Warnings,
  })
  .meta({ id: 'Session' })

export const PasswordChangedReply = z
  .object({
    message: z.string(),
    access_token: z.string().optional(),
    token_type: z.literal('bearer'),
    expires_in: z.int(),
    refresh_token: z.string().optional(),
    refresh_expires_in: z.int(),
    device_token: DeviceToken.optional(),
    warnings: Warnings,
  })
  .meta({
    id: 'PasswordChanged',
    description: 'The session continues with new tokens: in the body for a bearer token, otherwise as cookies.',
  })

export const DeletedReply = z
  .object({
    message: z.string(),
    erases_at: Time.optional().meta({ description: 'When the account is erased; absent if it is already gone.' }),
    warnings: Warnings,
  })
  .meta({ id: 'Deleted' })

export const RevertedReply = z
  .object({
    message: z.string(),
    frozen_until: Time.optional().meta({
      description: 'The end of the freeze; absent if the account is already back.',
    }),
    warnings: Warnings,
  })
  .meta({ id: 'Reverted' })

export const SessionEntry = z
  .object({
    id: z.string(),
    current: z.boolean().meta({ description: 'Whether it is the session of this request.' }),
    created_at: Time,
    last_used_at: Time.meta({ description: 'The last log-in or refresh.' }),
    expires_at: Time,
    ip: z.string().nullable(),
    city: z.string().nullable(),
    country: z
      .string()
      .nullable()
      .meta({ description: 'ISO 3166-1, two letters.', examples: ['DE'] }),
    browser: z
      .string()
      .nullable()
      .meta({ examples: ['Firefox'] }),
    os: z
      .string()
      .nullable()
      .meta({ examples: ['Linux'] }),
    amr: z
      .array(z.string())
      .meta({ description: 'How the user logged in (RFC 8176).', examples: [['pwd', 'otp', 'mfa']] }),
    acr: z.enum(['aal1', 'aal2', 'phr']).meta({
      description:
        '`aal2` if two factors were given within `AAL2_HOURS`, and `phr` if a passkey was among them; otherwise `aal1`. New tokens of the session say so.',
    }),
  })
  .meta({ id: 'SessionEntry' })

export const SessionsReply = z.object({ sessions: z.array(SessionEntry) }).meta({ id: 'Sessions' })

export const AuditRecord = z
  .object({
    id: z.uuidv7(),
    at: Time,
    event: z.enum(auditEvents),
    user_id: z
      .string()
      .nullable()
      .meta({ description: 'The subject of the event; a pseudonym once the user is deleted.' }),
    actor_id: z.string().nullable().meta({ description: 'Who did it, if somebody else.' }),
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
    count: z.int().meta({
      description:
        'How many events share this entry, such as failed log-ins to one account within a quarter of an hour.',
    }),
  })
  .meta({ id: 'AuditEntry' })

export const MessageReply = z.object({ message: z.string(), warnings: Warnings }).meta({ id: 'Message' })

export const PasswordSetReply = z
  .object({ message: z.string(), device_token: DeviceToken.optional(), warnings: Warnings })
  .meta({ id: 'PasswordSet' })

export const RegisteredReply = z
  .object({ message: z.string(), email: Address, warnings: Warnings })
  .meta({ id: 'Registered' })
