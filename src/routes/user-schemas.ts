import * as z from 'zod/mini'
import { CurrentPassword, Email, Name, NewPassword, Phone } from './fields.ts'

/** Requests of `/api/user`. */

export const ProfileBody = z.object({
  name: z.nullish(Name),
  phone: z.nullish(Phone),
  email: z.optional(Email),
  current_password: z.optional(CurrentPassword),
})

export const ChangePasswordBody = z.object({ current_password: CurrentPassword, new_password: NewPassword })

export const DeleteAccountBody = z.object({
  current_password: z.optional(CurrentPassword),
})

/** The id of a session: 128 random bits. A longer text names none and is not looked up. */
export const SessionParam = z.object({ id: z.string().check(z.maxLength(64)) })
