import * as z from 'zod'
import { Address, AuditRecord, PasswordChangedReply, SessionEntry, Time, Url, User, Warnings } from './reply-schemas.ts'

/** The replies about second factors, and the export, which lists them. */

export const TotpApp = z
  .object({
    id: z.uuidv7(),
    name: z
      .string()
      .nullable()
      .meta({ examples: ['Old phone'] }),
    created_at: Time,
    last_used_at: Time.nullable(),
  })
  .meta({ id: 'TotpApp', description: 'An authenticator app.' })

export const FactorsReply = z
  .object({
    totp: z.array(TotpApp),
    recovery_codes: z
      .object({ left: z.int().meta({ description: 'How many of the ten were not used yet.' }), created_at: Time })
      .nullable(),
  })
  .meta({ id: 'Factors' })

export const EnrolmentReply = z
  .object({
    secret: z.string().meta({ description: 'The seed in base32, to type into an app.' }),
    otpauth_uri: Url.meta({ description: 'The same as a URI, which apps read as a QR code.' }),
    enrolment: z.string().meta({ description: 'Goes back with the first code.' }),
    expires_in: z.int().meta({ description: 'Seconds for which the enrolment can be confirmed.', examples: [600] }),
  })
  .meta({ id: 'Enrolment' })

const RecoveryCodes = z
  .array(z.string())
  .meta({ description: 'Ten codes, each for one log-in. Show them once, to print or download.' })

export const RecoveryCodesReply = z
  .object({ recovery_codes: RecoveryCodes, warnings: Warnings })
  .meta({ id: 'RecoveryCodes' })

export const FactorAddedReply = PasswordChangedReply.omit({ device_token: true })
  .extend({ factor: TotpApp, recovery_codes: RecoveryCodes.optional() })
  .meta({
    id: 'FactorAdded',
    description: 'The session continues with new tokens: in the body for a bearer token, otherwise as cookies.',
  })

export const ExportReply = z
  .object({
    user: User,
    sessions: z.array(SessionEntry),
    factors: FactorsReply,
    devices: z.array(z.object({ name: z.string(), first_seen_at: Time, last_seen_at: Time })),
    mails: z.array(z.object({ kind: z.string(), address: Address, created_at: Time, sent_at: Time.nullable() })),
    audit: z.array(AuditRecord),
  })
  .meta({
    id: 'Export',
    description:
      'All data held on the user. Audit entries that `AUDIT_ARCHIVE_AFTER_DAYS` has moved into the archive are not included.',
  })
