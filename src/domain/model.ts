export type User = {
  id: string
  email: string
  emailCanonical: string
  passwordHash: string | null
  name: string | null
  phone: string | null
  role: 'user' | 'admin'
  status: 'active' | 'disabled'
  emailVerifiedAt: Date | null
  /** How the account came about; null where that was not kept yet, which is treated as imported. */
  origin: 'registered' | 'imported' | 'invited' | 'created' | null
  /** Disabled, and erased at this time unless its owner undoes that. */
  erasesAt: Date | null
  /** Disabled while its last change of address is in dispute, which is undone at this time. */
  frozenUntil: Date | null
  pendingEmail: string | null
  avatar: string | null
  createdAt: Date
  updatedAt: Date
  lastLoginAt: Date | null
}

export type Session = {
  id: string
  userId: string
  generation: number
  /** The generation whose token made this one; null where that is the one before. */
  parent: number | null
  nonce: string
  createdAt: Date
  rotatedAt: Date
  authTime: Date
  /** How its user was authenticated: methods of RFC 8176, separated by spaces. */
  amr: string
  /** The id of the one-use proof that the last log-in or re-authentication gave out; null once it is used. */
  proof: string | null
  /** Whether it outlives its browser: `remember` of its log-in. */
  remembered: boolean
  expiresAt: Date
  endsAt: Date
  ip: string | null
  city: string | null
  country: string | null
  userAgent: string | null
  /** The id of the device that was made known when it began, or with its last new password. */
  device: string | null
}

/** As much of a session as its tokens say. */
export type SignedIn = {
  user: User
  session: Pick<Session, 'id' | 'generation' | 'authTime' | 'amr' | 'remembered' | 'expiresAt'>
}

/** Where a request came from, as far as it can be believed. */
export type Visitor = {
  ip: string | null
  /** What limits count: the address (IPv4), or its /64 and, at ten times the limit, its /48 (IPv6). */
  networks: { key: string; factor: number }[]
  city: string | null
  country: string | null
  userAgent: string | null
}

/** The contents of a verified device cookie: device, user, time of issue. */
export type DeviceCookie = { id: string; userId: string; since: Date }

/**
 * At most `limit` in a window of so many milliseconds. `sliding`: it counts consecutive ones, and each of them makes the
 * count last so many milliseconds longer: where the address has an account, and where it has not. From half the limit on
 * both last as long; a full count lasts the whole window.
 */
export type Limit = { key: string; limit: number; window: number; sliding?: { known: number; unknown: number } }

/** At most so many in a window of so many milliseconds. */
export type Rate = Pick<Limit, 'limit' | 'window'>

/** The purposes of mails that anybody may cause. Each is counted by itself. */
export type MailPurpose = 'verify' | 'reset' | 'confirm'

/** `unverified`: counts only where the account of this address is not verified. */
export type MailLimit = Limit & { unverified?: string }

/** On `day` (UTC) `most` mails or more were sent: then a mail that can wait goes out at `until`. */
export type MailsSpent = { day: string; most: number; until: Date }

export type MailKind =
  | 'verify_email'
  | 'set_password'
  | 'reset_password'
  | 'invite'
  | 'confirm_email'
  | 'account_exists'
  | 'email_change'
  | 'email_changed'
  | 'password_changed'
  | 'new_device'
  | 'refresh_reuse'
  | 'approve_email_change'
  | 'revert_email_change'
  | 'email_change_reverted'
  | 'account_frozen'
  | 'end_freeze'
  | 'account_restored'
  | 'deletion_requested'
  | 'account_deleted'
  | 'password_guessed'
  | 'address_reserved'

export type Mail = {
  /** 128 random bits; the tokens of its links are made of it. */
  id: string
  userId: string | null
  kind: MailKind
  address: string
  addressCanonical: string
  createdAt: Date
  expiresAt: Date
  /** 0: postponed, and not to be sent before it is due. */
  attempts: number
  detail: Record<string, string> | null
}

export type AuditEntry = {
  id: string
  at: Date
  ip: string | null
  userAgent: string | null
}

/** How somebody proved who they are: the hash that their password matched. The write that acts on it asks that it still holds. */
export type Proof = { passwordHash: string }

/** The same for one operation of a session: a proof in the request, or the id of a one-use proof. */
export type FullProof = Proof | { proof: string }

/** A limit was exhausted; nothing was done. */
export type Refused = { refusedUntil: Date }

/** How many of so many users have a password of each format that is not ours; `none`: no password. */
export type PasswordFormat = { format: string; count: number; users: number }

export type AuditRow = {
  id: string
  at: Date
  event: string
  userId: string | null
  actorId: string | null
  ip: string | null
  userAgent: string | null
  detail: Record<string, string | number | boolean | null> | null
  count: number
}
