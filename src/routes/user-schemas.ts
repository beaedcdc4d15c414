import * as z from 'zod/mini'
import { RegistrationCredential } from './auth-schemas.ts'
import { CurrentPassword, Email, Locale, Name, NewPassword, Phone } from './fields.ts'

/** Requests of `/api/user`. */

export const ProfileBody = z.object({
  name: z.nullish(Name),
  phone: z.nullish(Phone),
  locale: z.nullish(Locale),
  email: z.optional(Email),
  current_password: z.optional(CurrentPassword),
})

export const ChangePasswordBody = z.object({ current_password: CurrentPassword, new_password: NewPassword })

export const DeleteAccountBody = z.object({
  current_password: z.optional(CurrentPassword),
})

/** Full proof, if it is not in the header. */
export const ProofBody = z.object({ current_password: z.optional(CurrentPassword) })

export const ConfirmTotpBody = z.object({
  enrolment: z.string().check(z.minLength(1), z.maxLength(256)),
  code: z.string().check(z.maxLength(32)),
  name: z.nullish(Name),
  current_password: z.optional(CurrentPassword),
})

export const RenameFactorBody = z.object({ name: z.nullable(Name) })

export const PasskeyOptionsBody = z.object({ security_key: z.optional(z.boolean()) })

export const AddPasskeyBody = z.object({
  credential: RegistrationCredential,
  name: z.nullish(Name),
  current_password: z.optional(CurrentPassword),
})

export const RenamePasskeyBody = z.object({ name: Name })

/** A longer text is no id and is not looked up. */
export const FactorParam = z.object({ id: z.string().check(z.maxLength(64)) })

/** The id of a trusted device: 128 random bits. */
export const TrustedDeviceParam = z.object({ id: z.string().check(z.maxLength(64)) })

/** The id of a session: 128 random bits. A longer text names none and is not looked up. */
export const SessionParam = z.object({ id: z.string().check(z.maxLength(64)) })
