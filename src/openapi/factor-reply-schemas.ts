import * as z from 'zod'
import {
  Address,
  AuditRecord,
  PasswordChangedReply,
  SessionEntry,
  SessionReply,
  Time,
  Url,
  User,
  Warnings,
} from './reply-schemas.ts'

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

export const Passkey = z
  .object({
    id: z.uuidv7(),
    name: z.string(),
    created_at: Time,
    last_used_at: Time.nullable(),
    synced: z.boolean().meta({ description: 'Whether it may be on several devices (WebAuthn: backup eligible).' }),
    backed_up: z.boolean().meta({ description: 'Whether it was on several devices, or saved, when it was last used.' }),
    second_factor_only: z.boolean().meta({
      description: 'Whether a log-in with it also takes the password, because it has not verified its user here.',
    }),
  })
  .meta({ id: 'Passkey' })

/** The members that a site passes on to password managers. */
export const signalMembers = {
  rp_id: z.string().meta({ examples: ['example.com'] }),
  user_handle: z.string().meta({ description: "The user's id in passkeys." }),
  accepted_credentials: z.array(z.string()).meta({
    description:
      'The ids of all passkeys of the user, for `PublicKeyCredential.signalAllAcceptedCredentials`: a browser then offers no passkey that was removed here.',
  }),
}

const Ceremony = (description: string) => z.looseObject({ challenge: z.string() }).meta({ description })

export const PasskeyCreationReply = z
  .object({
    public_key: Ceremony('For `PublicKeyCredential.parseCreationOptionsFromJSON`.'),
    expires_in: z.int().meta({ examples: [300] }),
    warnings: Warnings,
  })
  .meta({ id: 'PasskeyCreation' })

export const PasskeyRequestReply = z
  .object({
    public_key: Ceremony('For `PublicKeyCredential.parseRequestOptionsFromJSON`.'),
    expires_in: z.int().meta({ examples: [300] }),
    warnings: Warnings,
  })
  .meta({ id: 'PasskeyRequest' })

export const TotpAppReply = TotpApp.extend({ warnings: Warnings })

export const PasskeyReply = Passkey.extend({ warnings: Warnings })

export const FactorsReply = z
  .object({
    totp: z.array(TotpApp),
    passkeys: z.array(Passkey),
    recovery_codes: z
      .object({ left: z.int().meta({ description: 'How many of the ten were not used yet.' }), created_at: Time })
      .nullable(),
  })
  .meta({ id: 'Factors' })

const Required = z.boolean().meta({
  description: 'Whether the account must have a second factor: by `MFA_REQUIRED`, or because an admin requires it.',
})

export const UserFactorsReply = FactorsReply.extend({ required: Required }).meta({ id: 'UserFactors' })

export const OwnFactorsReply = UserFactorsReply.extend({
  rp_id: signalMembers.rp_id.optional(),
  user_handle: signalMembers.user_handle.optional(),
  accepted_credentials: signalMembers.accepted_credentials.optional(),
}).meta({ id: 'OwnFactors', description: 'The last three members are missing while passkeys are off.' })

export const EnrolmentReply = z
  .object({
    secret: z.string().meta({ description: 'The seed in base32, to type into an app.' }),
    otpauth_uri: Url.meta({ description: 'The same as a URI, which apps read as a QR code.' }),
    enrolment: z.string().meta({ description: 'Goes back with the first code.' }),
    expires_in: z.int().meta({ description: 'Seconds for which the enrolment can be confirmed.', examples: [600] }),
  })
  .meta({ id: 'Enrolment' })

export const RecoveryCodes = z
  .array(z.string())
  .meta({ description: 'Ten codes, each of which works once. Show them once, to print or download.' })

export const RecoveryCodesReply = z
  .object({ recovery_codes: RecoveryCodes, warnings: Warnings })
  .meta({ id: 'RecoveryCodes' })

export const FactorAddedReply = PasswordChangedReply.omit({ device_token: true })
  .extend({ factor: TotpApp, recovery_codes: RecoveryCodes.optional() })
  .meta({
    id: 'FactorAdded',
    description: 'The session continues with new tokens: in the body for a bearer token, otherwise as cookies.',
  })

export const PasskeyAddedReply = PasswordChangedReply.omit({ device_token: true })
  .extend({ passkey: Passkey, recovery_codes: RecoveryCodes.optional(), ...signalMembers })
  .meta({
    id: 'PasskeyAdded',
    description: 'The session continues with new tokens: in the body for a bearer token, otherwise as cookies.',
  })

export const PasskeyRemovedReply = z
  .object({
    message: z.string(),
    rp_id: signalMembers.rp_id.optional(),
    user_handle: signalMembers.user_handle.optional(),
    accepted_credentials: signalMembers.accepted_credentials.optional(),
    warnings: Warnings,
  })
  .meta({ id: 'PasskeyRemoved' })

export const PasskeyEndpointsReply = z.object({ enroll: z.string(), manage: z.string() })

export const RelatedOriginsReply = z.object({ origins: z.array(z.string()) })

export const PasskeySessionReply = SessionReply.extend(signalMembers).meta({ id: 'PasskeySession' })

export const ActivityReply = z
  .object({ entries: z.array(AuditRecord.extend({ browser: z.string().nullable(), os: z.string().nullable() })) })
  .meta({ id: 'Activity' })

export const FactorRecoveryReply = z
  .object({ message: z.string(), ready_at: Time.meta({ description: 'When the link is mailed.' }), warnings: Warnings })
  .meta({ id: 'FactorRecovery' })

export const TrustedDevice = z
  .object({
    id: z.string(),
    name: z.string().meta({ examples: ['Firefox on Linux, DE'] }),
    created_at: Time,
    last_used_at: Time.meta({ description: 'Exact to a day.' }),
    expires_at: Time,
  })
  .meta({ id: 'TrustedDevice', description: 'A device on which log-ins need no second factor.' })

export const TrustedDevicesReply = z.object({ trusted_devices: z.array(TrustedDevice) }).meta({ id: 'TrustedDevices' })

export const ExportReply = z
  .object({
    user: User,
    sessions: z.array(SessionEntry),
    factors: FactorsReply,
    devices: z.array(z.object({ name: z.string(), first_seen_at: Time, last_seen_at: Time })),
    trusted_devices: z.array(TrustedDevice),
    mails: z.array(z.object({ kind: z.string(), address: Address, created_at: Time, sent_at: Time.nullable() })),
    audit: z.array(AuditRecord),
  })
  .meta({
    id: 'Export',
    description:
      'All data held on the user. Audit entries that `AUDIT_ARCHIVE_AFTER_DAYS` has moved into the archive are not included.',
  })

export const MailLoginReply = z
  .object({
    message: z.string(),
    challenge: z.string().optional().meta({
      description:
        'For the code and the link of the mail. Absent with `transport=cookie`, where it is the cookie `login`.',
    }),
    expires_in: z.int().meta({ description: 'Seconds for which the code and the link work.', examples: [600] }),
    warnings: Warnings,
  })
  .meta({ id: 'MailLoginAsked' })
