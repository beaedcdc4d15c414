import type { EmailAddress } from './email.ts'
import type { User } from './model.ts'

/** Returns the user that a registration, an invitation or a log-in by mail creates; `more` has what differs. */
export const newUser = (id: string, email: EmailAddress, at: Date, more: Partial<User>): User => ({
  id,
  email: email.address,
  emailCanonical: email.canonical,
  passwordHash: null,
  name: null,
  phone: null,
  role: 'user',
  status: 'active',
  emailVerifiedAt: null,
  origin: 'registered',
  erasesAt: null,
  frozenUntil: null,
  pendingEmail: null,
  avatar: null,
  createdAt: at,
  updatedAt: at,
  lastLoginAt: null,
  locale: null,
  externalId: null,
  metadata: null,
  migrationPending: null,
  factors: 0,
  mfaRequired: false,
  ...more,
})
