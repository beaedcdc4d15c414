import type { MailKind } from './mails.ts'

/** Data about a user that admins and imports set. Any JSON value may be a member. */
export type Metadata = Record<string, unknown>

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
  /** How the account was created. Null in rows from before this was recorded, which count as imported. */
  origin: 'registered' | 'imported' | 'invited' | 'created' | null
  /** Set while the account is disabled and waits to be erased at this time; the owner can undo it until then. */
  erasesAt: Date | null
  /**
   * Set while the account is disabled because its last change of address is disputed; the change is undone at this
   * time.
   */
  frozenUntil: Date | null
  pendingEmail: string | null
  avatar: string | null
  createdAt: Date
  updatedAt: Date
  lastLoginAt: Date | null
  /** The language of mails to the user, as a tag of BCP 47; null: nobody said. */
  locale: string | null
  /** The user's id in the system that an import came from, or in another one that an admin names. */
  externalId: string | null
  metadata: Metadata | null
  /** Set by an import: the old system is asked for the password at the first log-in. */
  migrationPending: boolean | null
  /** Which second factors there are, as bits of `factorBits`. */
  factors: number
  /** Whether an admin requires a second factor of this user, whatever MFA_REQUIRED says. */
  mfaRequired: boolean
}

/** Of whom a second factor is required, besides the users of whom an admin requires one. */
export type MfaRequired = 'none' | 'admins' | 'all'

/** The bits of `users.factors`. A passkey without user verification is a second factor only. */
export const factorBits = { totp: 1, passkey: 2, securityKey: 4, recoveryCodes: 8 } as const

/** With any of these factors, a password alone is not enough. Recovery codes only stand in for them. */
export const secondFactors = factorBits.totp | factorBits.passkey | factorBits.securityKey

/** An authenticator app. */
export type Totp = {
  id: string
  userId: string
  /** The encrypted seed. */
  secret: string
  /** The newest time step whose code was accepted. */
  lastStep: number
  name: string | null
  createdAt: Date
  lastUsedAt: Date | null
}

/** A passkey: a credential of WebAuthn. */
export type Passkey = {
  id: string
  credentialId: string
  userId: string
  rpId: string
  /** COSE_Key in base64url. */
  publicKey: string
  alg: number
  signCount: number
  /** Whether its authenticator has verified the user here; otherwise it is a second factor only. */
  uv: boolean
  backupEligible: boolean
  backedUp: boolean
  /** Whether it can be found without its id; null: unknown. */
  discoverable: boolean | null
  transports: string[] | null
  /** The model of the authenticator, 32 hexadecimal digits. */
  aaguid: string
  name: string
  createdAt: Date
  lastUsedAt: Date | null
  /** The user's id in its authenticator if it was imported; empty: unknown. Null: the user's id here. */
  userHandle: string | null
}

/** The recovery codes of a user. */
export type RecoveryCodes = {
  userId: string
  setId: string
  hashes: string[]
  /** The codes that were used, as bits. */
  used: number
  createdAt: Date
}

export type Session = {
  id: string
  userId: string
  generation: number
  /** The generation whose token created this one; null means the previous generation. */
  parent: number | null
  nonce: string
  createdAt: Date
  rotatedAt: Date
  authTime: Date
  /** How its user was authenticated: methods of RFC 8176, separated by spaces. */
  amr: string
  /** When the user last gave two factors; null: only one so far. */
  mfaAt: Date | null
  /** The id of the one-use proof that the last log-in or re-authentication issued; null once it is used. */
  proof: string | null
  /** Whether the session survives a restart of the browser: `remember` at log-in. */
  remembered: boolean
  expiresAt: Date
  endsAt: Date
  ip: string | null
  city: string | null
  country: string | null
  userAgent: string | null
  /** The id of the device that started the session or last set a new password in it. */
  device: string | null
}

/** The part of a session that its tokens state. */
export type SignedIn = {
  user: User
  session: Pick<Session, 'id' | 'generation' | 'authTime' | 'amr' | 'mfaAt' | 'remembered' | 'expiresAt'>
}

/** The origin of a request, as far as it can be trusted. */
export type Visitor = {
  ip: string | null
  /** The networks that limits count: the address (IPv4), or its /64 and, at ten times the limit, its /48 (IPv6). */
  networks: { key: string; factor: number }[]
  city: string | null
  country: string | null
  userAgent: string | null
  /** The language that suits the request's `Accept-Language` best; null if none does. */
  language: string | null
}

/** A device on which log-ins of its user need no second factor. */
export type TrustedDevice = {
  /** 128 random bits. */
  id: string
  userId: string
  name: string
  createdAt: Date
  lastUsedAt: Date
  expiresAt: Date
}

/** The contents of a verified device cookie: device, user, time of issue. */
export type DeviceCookie = { id: string; userId: string; since: Date }

/**
 * At most `limit` in a window of `window` milliseconds. With `sliding`, consecutive failures are counted. Each failure
 * extends the life of the count: by `known` milliseconds if the address has an account, otherwise by `unknown`, and
 * from half the limit on always by `known`. A full count lasts the whole window.
 */
export type Limit = {
  key: string
  limit: number
  window: number
  sliding?: { known: number; unknown: number }
  /** A second, shorter window of the same subject. Both share one counter row, which costs half as much as two. */
  short?: Rate
}

/** At most `limit` in a window of `window` milliseconds. */
export type Rate = Pick<Limit, 'limit' | 'window'>

/** `unverified`: the address; if it is set, the limit applies only while its account is unverified. */
export type MailLimit = Limit & { short: Rate; unverified?: string }

/** If `most` or more mails were sent on `day` (UTC), a mail that can wait is sent at `until`. */
export type MailsSpent = { day: string; most: number; until: Date }

export type Mail = {
  /** 128 random bits; the tokens of the mail's links are derived from it. */
  id: string
  userId: string | null
  kind: MailKind
  address: string
  addressCanonical: string
  createdAt: Date
  expiresAt: Date
  /** 0 means postponed: the mail must not be sent before it is due. */
  attempts: number
  detail: Record<string, string> | null
  /** The language that the recipient had when the mail was written; null: nobody said. */
  locale: string | null
}

export type AuditEntry = {
  id: string
  at: Date
  ip: string | null
  userAgent: string | null
}

/**
 * Proof of the password: the hash that it matched. The write that relies on it checks that the hash is still the same.
 */
export type Proof = { passwordHash: string }

/**
 * A second factor that was right when it was checked. The write that relies on it uses it up, unless another request
 * did so first: a code of an app counts once, and so does a recovery code.
 */
export type SecondFactor =
  | { totp: { id: string; step: number } }
  | { recovery: { setId: string; index: number } }
  | { passkey: UsedPasskey }

/** A passkey that signed a challenge. The write that relies on it uses up the challenge. */
export type UsedPasskey = Pick<Passkey, 'id' | 'publicKey' | 'signCount' | 'backedUp'> & {
  /** Whether its authenticator verified the user this time. */
  verified: boolean
  challenge: { key: string; until: Date }
  /** Set if it may have been copied: its signature counter did not rise. */
  told?: Told | undefined
}

/** What the use of a factor leaves besides: an audit entry, and a mail to the owner. */
export type Told = { audit: AuditEntry; mailId: string; lifetimeMs: number; detail: Record<string, string> }

/** A passkey whose authenticator verified the user: it is both factors, and no password is asked for. */
export type PasskeyAlone = { passkey: UsedPasskey }

/**
 * A mail whose code or link came from the browser that asked for the mail. The write that relies on it uses it up. On an
 * unverified account it removes whatever somebody else may have put there.
 */
export type MailProof = {
  mail: {
    id: string
    /** The user that it creates, if the address had no account when the mail was asked for. */
    creates?: User | undefined
    /** Whether this browser registered the account, so that its password stays. */
    keeps?: boolean
    /** The limits under which the attempt takes a place. */
    limits?: Limit[]
  }
}

/**
 * The old system accepted the password. Its new hash is stored when the session starts, unless another request has
 * cleared the user's `migrationPending` by then.
 */
export type Migrated = { migrated: string }

/** Full proof for one operation of a session: the password in the request, or the id of a one-use proof. */
export type FullProof = Proof | { proof: string }

/** A limit was exhausted, and nothing was done. */
export type Refused = { refusedUntil: Date }

/** What is counted for each day (UTC). */
export const dailySeries = [
  'registrations',
  'logins',
  'failures',
  'active',
  'mails_sent',
  'mails_failed',
  'factors',
] as const

/** Users who were active in a week or a month, counted on its first day. */
export const periodSeries = ['active_week', 'active_month'] as const

export type Series = (typeof dailySeries)[number] | (typeof periodSeries)[number]

/** How many of `users` users have a password hash of each foreign format; `none` counts users without a password. */
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
