import type { AuditEvent } from './audit.ts'

/**
 * What the rules need from the world, all on one page, long as it is. Each method is one round trip (`rotate` says when it
 * is two), is named by what becomes true, and is atomic: it happens whole or not at all. Ids, nonces and times come from
 * the caller, so that a write whose answer was lost recognises itself when it is sent again. Every method may throw
 * `AuthError('dependency_unavailable')`.
 */

export type User = {
  id: string
  email: string
  emailCanonical: string
  password: string | null
  name: string | null
  phone: string | null
  role: 'user' | 'admin'
  status: 'active' | 'disabled'
  emailVerifiedAt: Date | null
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
  nonce: string
  createdAt: Date
  rotatedAt: Date
  authTime: Date
  expiresAt: Date
  endsAt: Date
  ip: string | null
  city: string | null
  country: string | null
  userAgent: string | null
}

/** As much of a session as its tokens say. */
export type SignedIn = { user: User; session: Pick<Session, 'id' | 'generation' | 'authTime' | 'expiresAt'> }

/** Where a request came from, as far as it can be believed. */
export type Visitor = {
  ip: string | null
  /** What limits count: the address (IPv4), or its /64 and, at ten times the limit, its /48 (IPv6). */
  networks: { key: string; factor: number }[]
  city: string | null
  country: string | null
  userAgent: string | null
}

/** A device that logged in before, as a cookie of ours says: which one, as whom, and when it was last told so. */
export type KnownDevice = { id: string; userId: string; since: Date }

/** At most `limit` in a window of so many milliseconds. `sliding`: the window starts anew with each, so it counts consecutive ones. */
export type Limit = { key: string; limit: number; window: number; sliding?: boolean }

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

export type Mail = {
  /** 128 random bits; the link's token is made of it. */
  id: string
  userId: string | null
  kind: MailKind
  address: string
  addressCanonical: string
  createdAt: Date
  expiresAt: Date
  attempts: number
  detail: Record<string, string> | null
}

export type AuditEntry = {
  id: string
  at: Date
  ip: string | null
  userAgent: string | null
}

/** A limit was exhausted; nothing was done. */
export type Refused = { refusedUntil: Date }

/** Under this key it is kept, `until` no cookie can be older, that devices told so before now are known no more. */
export type DevicesForgotten = { key: string; until: Date }

export type Users = {
  /** Takes a place under each limit and reads the user of the address. */
  beginRegistration(input: {
    emailCanonical: string
    limits: Limit[]
    now: Date
  }): Promise<Refused | { existing: Pick<User, 'id' | 'password' | 'emailVerifiedAt'> | undefined }>
  /**
   * Makes the user where the address is free. Where it is not and `disputable`: an unverified user with another password
   * loses that password and every open link. Then the mail that fits what is now there, if `mailLimits` leave room.
   */
  register(input: {
    user: User
    disputable: boolean
    mailId: string
    mailLimits: Limit[]
    lifetimes: { verify: number; notice: number }
    audit: AuditEntry
    now: Date
  }): Promise<{ user: User; mail: Mail | undefined }>
  /** Mails a link of the purpose to the active user of the address, if there is one and `mailLimits` leave room. */
  requestLink(input: {
    purpose: 'verify' | 'reset'
    emailCanonical: string
    limits: Limit[]
    mailId: string
    mailLimits: Limit[]
    lifetimes: { verify: number; reset: number }
    now: Date
  }): Promise<Refused | { mail: Mail | undefined }>
  /** Verifies the address the link was mailed to. Safe to repeat while the link lives. False: no such link, or too old. */
  verifyEmail(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<boolean>
  /** The user whose password the link may set. */
  readResetLink(input: { linkId: string; now: Date }): Promise<User | undefined>
  /** Uses the link up, sets the password, verifies the address, ends all sessions, kills other links. Undefined: somebody was first. */
  resetPassword(input: {
    linkId: string
    nonce: string
    password: string
    noticeId: string
    noticeLifetime: number
    /** Failure counters that a new password clears. */
    cleared: string[]
    devicesForgotten: DevicesForgotten
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | undefined>
  /** The same for a signed-in user who gave the current password, keeping this session. Undefined: it changed meanwhile. */
  changePassword(input: {
    sid: string
    checkedPassword: string
    password: string
    noticeId: string
    noticeLifetime: number
    cleared: string[]
    devicesForgotten: DevicesForgotten
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | undefined>
  /** Replaces a hash by a better one of the same password, unless it changed meanwhile. */
  upgradePassword(input: { userId: string; checkedPassword: string; password: string }): Promise<void>
}

export type Sessions = {
  /** The active user of a live session. */
  read(sid: string, now: Date): Promise<User | undefined>
  /** The same, taking a place under each limit if the session lives. */
  readLimited(input: { sid: string; limits: Limit[]; now: Date }): Promise<Refused | SignedIn | undefined>
  /**
   * Takes a place under each limit and reads the user of the address. A failure is assumed; `start` takes it back. The
   * limits are those of the device instead where it is known as that user, and not forgotten since.
   */
  beginLogIn(input: {
    emailCanonical: string
    limits: Limit[]
    device: { known: KnownDevice; limits: Limit[]; forgottenKeys: string[] } | undefined
    now: Date
  }): Promise<Refused | { user: User | undefined; recognised: boolean }>
  /** Takes one off each counter: what was assumed to fail was not tried. Best effort: not repeated where it fails. */
  giveBack(keys: string[], now: Date): Promise<void>
  /**
   * Starts the session if the user is still what was checked; ends the oldest beyond `keep` and the one it replaces.
   * Otherwise returns the user as they are now.
   */
  start(input: {
    session: Session
    checkedPassword: string
    verifiedOnly: boolean
    replaces: string | undefined
    keep: number
    cleared: string[]
    audit: AuditEntry
    /** With what it is: told by mail where it is the first time, but for the very first. */
    device: { name: string; mailId: string; lifetime: number; detail: Record<string, string> }
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | { changed: User | undefined }>
  /**
   * The first to present a generation turns the session to the next; whoever presents it again within the grace time
   * finds the same one; anything older ends the session, tells its owner by mail, and is written to the audit, in a round
   * trip of its own. Only what turns the session takes a place under each limit; refused, the token stays as good as it was.
   */
  rotate(input: {
    sid: string
    generation: number
    nonce: string
    idle: number
    grace: number
    verifiedOnly: boolean
    visitor: Visitor
    limits: Limit[]
    audit: AuditEntry
    mailId: string
    noticeLifetime: number
    now: Date
  }): Promise<Refused | { signedIn: SignedIn | undefined; reused: boolean; mail: Mail | undefined }>
  /** Turns the session to its next generation with a fresh `authTime`. Undefined: the session or the password is gone. */
  renew(input: {
    sid: string
    nonce: string
    checkedPassword: string
    idle: number
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<SignedIn | undefined>
  /** Ends the sessions; returns the ids of those that it ended, also where the answer of the first try was lost. */
  end(sids: string[], audit: AuditEntry[]): Promise<string[]>
}

/** Counts roughly, in the place where the request came in, without asking the database. */
export type Shield = {
  /** False: there were too many under this key. True also when it cannot be asked in time, for D1 counts exactly behind it. */
  lets(key: string): Promise<boolean>
}

/** Sessions that ended, for Workers that verify access tokens without asking D1. It may only say no, and may say it late. */
export type Denylist = {
  /** Best effort: never throws. */
  add(sids: string[], now: Date): Promise<void>
  /** False also when the list cannot be read in time. */
  has(sid: string): Promise<boolean>
}

export type Outbox = {
  /** Mails that are due, leased to the caller until their next attempt; and how many it leaves, a hundred at most. */
  takeDue(now: Date, limit: number): Promise<{ mails: Mail[]; waiting: number }>
  markSent(id: string, now: Date): Promise<void>
  /** `final`: no further attempt. Otherwise the lease already says when. */
  markFailed(id: string, failure: { code: string; final: boolean }): Promise<void>
}

export type Letter = {
  kind: MailKind
  to: string
  /** Of its link, where it has one. */
  token: string | undefined
  createdAt: Date
  expiresAt: Date
  detail: Record<string, string>
}

/** Hands a letter to the mail service. */
export type Mailer = (letter: Letter) => Promise<'sent' | { code: string; final: boolean }>

export type Upkeep = {
  /** Whether D1 answers. */
  ready(): Promise<boolean>
  /** Removes what has expired, a bounded number of rows of each kind. Safe to run twice at once. */
  removeExpired(input: {
    now: Date
    /**
     * Users below this id (ids sort by time) go that never verified, never logged in, were not touched since and have no link
     * that lives; undefined keeps them.
     */
    unverifiedBefore: { id: string; time: Date } | undefined
    /** Audit entries go below this id. */
    auditBefore: string
    /** Devices that were not seen since go. */
    devicesBefore: Date
    limit: number
  }): Promise<number>
  /** Those of the keys, 90 at most, that are some user's picture. */
  avatarsInUse(keys: string[]): Promise<string[]>
}

/** A list of passwords that are known from breaches. */
export type KnownBreaches = {
  /** @param password normalized. Undefined: the list could not be asked in time. */
  include(password: string): Promise<boolean | undefined>
}

export type Clock = () => Date

/** Work that goes on after the reply, and may be cut off: nothing that must happen lives only here. */
export type Defer = (work: Promise<unknown>) => void

/** Waits until the reply has left, so that nothing it is not to tell delays it. */
export type Replied = () => Promise<void>

export type Profiles = {
  /** Undefined members stay as they are. `keepsEmail`: a change of address that waits is cancelled. Undefined: no such session. */
  update(input: {
    sid: string
    change: { name?: string | null; phone?: string | null }
    keepsEmail: boolean
    audit: AuditEntry
    now: Date
  }): Promise<User | undefined>
  /** Makes the address the pending one, mails a link to it and a notice with a way back to the old one. */
  requestEmailChange(input: {
    sid: string
    change: { name?: string | null; phone?: string | null }
    address: string
    addressCanonical: string
    limits: Limit[]
    mailLimits: Limit[]
    linkId: string
    noticeId: string
    lifetime: number
    audit: AuditEntry
    now: Date
  }): Promise<Refused | { user: User; mails: Mail[] } | undefined>
  /** Switches to the address the link was mailed to, ends the other sessions, kills open links. Undefined: no such link. */
  confirmEmail(input: {
    linkId: string
    nonce: string
    noticeId: string
    noticeLifetime: number
    audit: AuditEntry
    now: Date
  }): Promise<{ taken: boolean; ended: string[]; mail: Mail | undefined } | undefined>
  /** Forgets the address that waits. False: no such link. */
  cancelEmailChange(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<boolean>
  /** Sets the picture, once however often it is sent; returns the one it replaces. Undefined: no such session. */
  setAvatar(input: {
    sid: string
    avatar: string | null
    audit: AuditEntry
    now: Date
  }): Promise<{ user: User; replaced: string | null } | undefined>
}

/** Where pictures are kept, as squares without metadata: in R2, or with somebody else. */
export type Avatars = {
  /** Keeps the picture under the key and returns what `User.avatar` holds from now on. Undefined: it cannot be decoded. */
  keep(key: string, picture: Uint8Array<ArrayBuffer>): Promise<string | undefined>
  /** Passes over what is not kept here, and what is gone already. */
  remove(avatars: string[]): Promise<void>
}

/** Pictures that this service keeps and serves itself. */
export type OwnAvatars = Avatars & {
  read(key: string): Promise<{ body: ReadableStream; size: number } | undefined>
  /** At most `limit` of them: those that follow `after` in the order of their keys, then the first of all. */
  some(after: string, limit: number): Promise<{ key: string; keptAt: Date }[]>
}

/** What a user does with their own sessions. */
export type OwnSessions = {
  /** Newest use first; none where the asking session does not live. */
  list(sid: string, now: Date): Promise<Session[]>
  /** Undefined: the asking session does not live. False: that other session is not the user's. */
  endOne(input: { sid: string; other: string; audit: AuditEntry; now: Date }): Promise<boolean | undefined>
  /** Ends all but this one, and cancels a waiting change of address. */
  endOthers(input: { sid: string; audit: AuditEntry; now: Date }): Promise<string[] | undefined>
  /** Ends the session that the mailed link is about. Undefined: no such link. Safe to repeat while the link lives. */
  endByLink(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<string | undefined>
}

export type Removal = { userId: string; pseudonym: string; audit: AuditEntry; now: Date }

export type Removed = 'last_admin' | { ended: string[]; user: User | undefined }

export type Deletion = {
  /** Removes the user of the session and everything of theirs. Undefined: no such session. */
  removeOwn(input: Removal & { sid: string }): Promise<Removed | undefined>
  /** The same for somebody else, asked by an admin. Undefined: no such user. */
  removeOther(input: Removal & { sid: string }): Promise<Removed | undefined>
}

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

export type Holdings = {
  user: User
  sessions: Session[]
  devices: { name: string; firstSeenAt: Date; lastSeenAt: Date }[]
  mails: { kind: string; address: string; createdAt: Date; sentAt: Date | null }[]
  audit: AuditRow[]
}

type Counted = AuditEntry & { event: AuditEvent; userId: string | null }

export type Audit = {
  /** Adds one to the row of `id`, which is the same for all failures of one subject in one window. */
  count(entry: Counted): Promise<void>
  /** The same for a failed log-in; and where it is the last that `all` has room for, in the same round trip, `alarm`. */
  countFailure(entry: Counted, all: Limit, alarm: Counted & { detail: AuditRow['detail'] }): Promise<void>
  add(entry: AuditEntry & { event: AuditEvent; userId: string | null; actorId: string | null }): Promise<void>
  /** Newest first, below the id `before`. */
  list(input: {
    userId?: string
    actorId?: string
    event?: AuditEvent
    from?: string
    before?: string
    limit: number
  }): Promise<AuditRow[]>
  /** All that is held on the user of the session. */
  holdings(sid: string, now: Date): Promise<Holdings | undefined>
}

export type UserFilter = { role?: User['role']; status?: User['status']; verified?: boolean }

export type UserSort = 'created_at' | '-created_at' | 'email' | '-email' | 'last_login_at' | '-last_login_at'

export type UserPage = { users: User[]; total: number; totalIsExact: boolean; next: string | undefined }

export type Directory = {
  /** `after`: what `next` was of the page before. Undefined: it was that of another list. */
  list(input: {
    filter: UserFilter
    sort: UserSort
    limit: number
    offset: number
    after: string | undefined
  }): Promise<UserPage | undefined>
  /** Newest first. The total stops at a bound, and says so. */
  search(input: {
    search: string
    filter: UserFilter
    limit: number
    offset: number
    after: string | undefined
  }): Promise<UserPage | undefined>
  find(id: string): Promise<User | undefined>
  sessionsOf(id: string, now: Date): Promise<{ user: User | undefined; sessions: Session[] }>
  statistics(since: string): Promise<{
    totals: { role: string; status: string; verified: boolean; count: number }[]
    sessions: number
    days: { day: string; metric: 'registrations' | 'logins'; count: number }[]
  }>
}

/** What an admin's write became. `forbidden`: the asker is no longer an admin. */
export type Administered<T> = T | 'forbidden' | 'not_found' | 'own_account' | 'last_admin' | 'email_taken'

type Asked = { sid: string; audit: AuditEntry; now: Date }

export type Administration = {
  create(
    input: Asked & { user: User; mailId: string; lifetime: number },
  ): Promise<Administered<{ user: User; mail: Mail | undefined }>>
  edit(
    input: Asked & {
      id: string
      change: {
        email?: { address: string; canonical: string }
        name?: string | null
        phone?: string | null
        verified?: boolean
      }
      verifyId: string
      noticeId: string
      lifetimes: { verify: number; invite: number; notice: number }
    },
  ): Promise<Administered<{ user: User; ended: string[]; mails: Mail[] }>>
  /** `unowned`: who is to be an admin has a password and no verified address, so that anybody may have registered it. */
  setRole(input: Asked & { id: string; role: User['role'] }): Promise<Administered<{ user: User }> | 'unowned'>
  setStatus(
    input: Asked & { id: string; status: User['status'] },
  ): Promise<Administered<{ user: User; ended: string[] }>>
  requestPasswordReset(
    input: Asked & { id: string; mailId: string; lifetimes: { reset: number; invite: number } },
  ): Promise<Administered<{ mail: Mail | undefined }>>
  endSessions(input: Asked & { id: string }): Promise<Administered<{ ended: string[] }>>
}
