import type { AuditEvent } from './audit.ts'
import type { LinkPurpose } from './macs.ts'

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
  session: Pick<Session, 'id' | 'generation' | 'authTime' | 'remembered' | 'expiresAt'>
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

/** A device that logged in before, as a cookie of ours says: which one, as whom, and when it was last told so. */
export type KnownDevice = { id: string; userId: string; since: Date }

/**
 * At most `limit` in a window of so many milliseconds. `sliding`: it counts consecutive ones, and each of them makes the
 * count last so many milliseconds longer: where the address has an account, and where it has not. From half the limit on
 * both last as long; a full count lasts the whole window.
 */
export type Limit = { key: string; limit: number; window: number; sliding?: { known: number; unknown: number } }

/** What a mail is for that anybody may cause: each is counted by itself. */
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

/** The hash that the password in the request matched, or the id of a one-use proof: the write asks that it still holds. */
export type FullProof = { password: string } | { proof: string }

/** A limit was exhausted; nothing was done. */
export type Refused = { refusedUntil: Date }

/** How many of so many users have a password of each format that is not ours; `none`: no password. */
export type PasswordFormat = { format: string; count: number; users: number }

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
   * loses that password and the links that would verify it. Then the mail that fits what is now there, which is postponed
   * where `mailLimits` leave no room, or so many mails were sent today that those to new accounts have to wait (`spent`).
   * No user: the address is kept for an account that may come back to it.
   */
  register(input: {
    user: User
    disputable: boolean
    mailId: string
    mailLimits: MailLimit[]
    spent: MailsSpent | undefined
    lifetimes: { verify: number; notice: number }
    /** What the mail says of the request. */
    detail: Record<string, string>
    audit: AuditEntry
    now: Date
  }): Promise<{ user: User | undefined; mail: Mail | undefined }>
  /** Mails a link of the purpose to the active user of the address, if there is one: postponed as above. No `limits`: none is asked. */
  requestLink(input: {
    purpose: 'verify' | 'reset'
    emailCanonical: string
    limits: Limit[]
    mailId: string
    mailLimits: MailLimit[]
    spent: MailsSpent | undefined
    lifetimes: { verify: number; reset: number }
    detail: Record<string, string>
    now: Date
  }): Promise<Refused | { mail: Mail | undefined }>
  /** The user of an open link that verifies, taking a place under each limit. */
  readVerificationLink(input: {
    linkId: string
    limits: Limit[]
    now: Date
  }): Promise<Refused | { user: User } | undefined>
  /**
   * Verifies the address the link was mailed to, if the user is who registered it or has the password that was checked,
   * where that is asked for. Safe to repeat while the link lives. Undefined: no such link, or too old.
   */
  verifyEmail(input: {
    linkId: string
    proof: { registered: string } | { checkedPassword: string } | undefined
    audit: AuditEntry
    now: Date
  }): Promise<'verified' | 'unproven' | undefined>
  /**
   * By a link to an address that is not verified: removes who registered it and never used the account. Anybody else of
   * that address loses password, sessions and links, and stays. Undefined: no such link.
   */
  rejectRegistration(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<{ ended: string[] } | undefined>
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
  /**
   * The same for a signed-in user who gave the current password. The session goes on under another id, so that whoever
   * has a copy of its tokens has nothing (ASVS 7.2.4). Undefined: the session or the password changed meanwhile.
   */
  changePassword(input: {
    sid: string
    userId: string
    checkedPassword: string
    password: string
    /** What the session is called from now on, and its nonce. */
    next: { sid: string; nonce: string; idle: number; device: string }
    noticeId: string
    noticeLifetime: number
    cleared: string[]
    devicesForgotten: DevicesForgotten
    audit: AuditEntry
    now: Date
  }): Promise<{ signedIn: SignedIn; ended: string[]; mail: Mail | undefined } | undefined>
  /**
   * By the link of the mail that tells of a new password: drops that password, ends every session, cancels a change of
   * address that waits, and mails a link to set another password. Undefined: no such link.
   */
  disownPassword(input: {
    linkId: string
    nonce: string
    mailId: string
    lifetime: number
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
  }): Promise<Refused | { user: User | undefined; recognised: boolean; formats: PasswordFormat[] }>
  /** Gives back what was taken at this moment: what was assumed to fail was not tried. Best effort: not repeated where it fails. */
  giveBack(limits: Limit[], now: Date): Promise<void>
  /**
   * Starts the session if the user is still what was checked; ends the oldest beyond `keep` and the one it replaces.
   * Otherwise returns the user as they are now.
   */
  start(input: {
    session: Session
    checkedPassword: string
    verifiedOnly: boolean
    /** A session of the same user whose current token, or one succeeded within the grace time, came along. */
    replaces: { sid: string; generation: number; grace: number; audit: AuditEntry } | undefined
    keep: number
    cleared: string[]
    /** Places that were taken at `now` and are given back: a right log-in is not one of those that a network has. */
    returned: Limit[]
    audit: AuditEntry
    /** With what it is: told by mail where it is the first time, but for the very first. */
    device: { name: string; mailId: string; lifetime: number; detail: Record<string, string> }
    now: Date
  }): Promise<{ ended: string[]; mail: Mail | undefined } | { changed: User | undefined }>
  /**
   * The first to present a generation turns the session to the next. Whoever presents it again within the grace time
   * finds the same one; later, while it is forgiven and nobody has presented the next one, the session's own `device`
   * turns it to another. Any other older one ends the session, tells its owner by mail, and is written to the audit, in a
   * round trip of its own. Only what turns the session takes a place under each limit; refused, the token stays good.
   */
  rotate(input: {
    sid: string
    generation: number
    nonce: string
    idle: number
    /** Milliseconds. */
    grace: number
    forgiven: number
    device: string | null
    verifiedOnly: boolean
    visitor: Visitor
    limits: Limit[]
    audit: AuditEntry
    mailId: string
    noticeLifetime: number
    now: Date
  }): Promise<Refused | { signedIn: SignedIn | undefined; reused: boolean; mail: Mail | undefined }>
  /** Turns the session to its next generation with a new `authTime` and proof. Undefined: the session or the password is gone. */
  renew(input: {
    sid: string
    nonce: string
    /** The id of the proof that the reply gives. */
    proof: string
    checkedPassword: string
    idle: number
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<SignedIn | undefined>
  /**
   * Counts a wrong password that was given in the session, or by a link that it asked for: in the audit, where failures of
   * one window share an entry, and under each limit of `counted`. Where the session's own `counters` are used up it ends, and its owner is told; undefined: it lives on.
   */
  noteWrongPassword(input: {
    sid: string
    counters: string[]
    counted: Limit[]
    failure: InWindow
    ending: AuditEntry
    noticeId: string
    noticeLifetime: number
    now: Date
  }): Promise<{ mail: Mail | undefined } | undefined>
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
  /**
   * Mails that are due, leased to the caller until their next attempt: resets first, then notices, registrations last; and
   * how many it leaves, a hundred at most. What a mail was for may have ended meanwhile: then it is dropped.
   */
  takeDue(now: Date, limit: number): Promise<{ mails: Mail[]; waiting: number }>
  /** Notes and counts it. The mail that makes `alarm.at` of the day leaves the entry in the audit. */
  markSent(id: string, now: Date, alarm: { at: number; entry: AuditEntry } | undefined): Promise<void>
  /** `final`: no further attempt. `again`: this was none, the next is then, and a link lives from there. Otherwise the lease says when. */
  markFailed(id: string, failure: { code: string; final: boolean; again?: Date; now: Date }): Promise<void>
}

export type Letter = {
  kind: MailKind
  to: string
  /** Of its links, by what each is for. */
  tokens: Partial<Record<LinkPurpose, string>>
  createdAt: Date
  expiresAt: Date
  detail: Record<string, string>
}

/** Hands a letter to the mail service. `rest`: it takes no more for so many milliseconds, whatever the letter. */
export type Mailer = (letter: Letter) => Promise<'sent' | { code: string; final: boolean; rest?: number }>

export type Upkeep = {
  /** Whether D1 answers. */
  ready(): Promise<boolean>
  /** Removes what has expired, a bounded number of rows of each kind. Safe to run twice at once. */
  removeExpired(input: {
    now: Date
    /**
     * Users with an id from that of `since` to below this one (ids sort by time) go that registered themselves, never verified, never logged
     * in, were not touched since and have no link that lives; undefined keeps them.
     */
    unverifiedBefore: { since: string; id: string; time: Date } | undefined
    /** Audit entries go below this id. */
    auditBefore: string
    /** Devices that were not seen since go. */
    devicesBefore: Date
    limit: number
    /** The bound for counters of limits, which are small and many. */
    counters: number
  }): Promise<number>
  /** Writes what search finds them by for so many users who lack it. Returns how many it went through. */
  mendSearch(limit: number): Promise<number>
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
  /**
   * Undefined members stay as they are. `email`: the user's own, as they write it from now on; a change of address that
   * waits is cancelled. Undefined: no such session.
   */
  update(input: {
    sid: string
    change: { name?: string | null; phone?: string | null }
    email: { address: string; canonical: string } | undefined
    audit: AuditEntry
    now: Date
  }): Promise<User | undefined>
  /** Sets the picture, once however often it is sent; returns the one it replaces. Undefined: no such session. */
  setAvatar(input: {
    sid: string
    avatar: string | null
    audit: AuditEntry
    now: Date
  }): Promise<{ user: User; replaced: string | null } | undefined>
}

/** Who says that a link to a new address is followed by the account's own user: their session, or the hash their password matched. */
export type Asserted = { sid: string } | { password: string }

export type EmailChange = {
  /** `waiting`: for the other mailbox. `unproven`: neither the session nor the password is the account's. */
  state: 'changed' | 'waiting' | 'taken' | 'unproven'
  ended: string[]
  mail: Mail | undefined
}

/** The mail to the address that an account leaves: with a way back, or a notice where there is nothing to go back from. */
export type Revert = { id: string; lifetime: number; noticeLifetime: number }

export type EmailChanges = {
  /**
   * Makes the address the pending one, mails a link to it, and a notice with a way to stop it to the current one. Without
   * `full` proof that notice asks for approval. `proofFailed`: the proof was used before, or the password changed meanwhile.
   */
  request(input: {
    sid: string
    change: { name?: string | null; phone?: string | null }
    address: string
    addressCanonical: string
    full: FullProof | undefined
    limits: Limit[]
    mailLimits: Limit[]
    linkId: string
    noticeId: string
    lifetime: number
    detail: { link: Record<string, string>; notice: Record<string, string> }
    cleared: string[]
    audit: AuditEntry
    now: Date
  }): Promise<Refused | { user: User; mails: Mail[]; proofFailed: boolean } | undefined>
  /** The user whose change of address the link confirms, and the session that asked for it; takes a place under each limit. */
  readLink(input: {
    linkId: string
    limits: Limit[]
    now: Date
  }): Promise<Refused | { user: User; askedBy: string } | undefined>
  /**
   * Notes that the new mailbox was read. Where nothing else is missing the account switches to it: sessions end but the
   * one that asked, open links die, and the old address gets a mail with a way back. Undefined: no such link.
   */
  confirm(input: {
    linkId: string
    nonce: string
    by: Asserted | undefined
    revert: Revert
    removed: { audit: AuditEntry }
    audit: AuditEntry
    now: Date
  }): Promise<EmailChange | undefined>
  /** The same for the approval by the current mailbox. */
  approve(input: {
    linkId: string
    revert: Revert
    approval: AuditEntry
    removed: { audit: AuditEntry }
    audit: AuditEntry
    now: Date
  }): Promise<EmailChange | undefined>
  /** Forgets the address that waits, and ends the session that asked for it. Undefined: no such link. */
  cancel(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<{ ended: string[] } | undefined>
}

/** What a link that undoes a change of address leads to. */
export type Disputed = { user: User; password: string | null }

export type WayBack = {
  /** The account whose change of address the link undoes, and the hash that was valid before; takes a place under each limit. */
  read(input: { linkId: string; limits: Limit[]; now: Date }): Promise<Refused | Disputed | undefined>
  /**
   * Gives the account back to the address of before: sessions end, the password goes, what was added since goes, and a
   * link to choose a password is mailed there. By the password that was valid then, or because a freeze is over.
   */
  restore(input: {
    linkId: string
    by: { password: string } | 'freeze is over'
    devicesForgotten: DevicesForgotten
    letter: { id: string; lifetime: number }
    notice: { id: string; lifetime: number }
    audit: AuditEntry
    now: Date
  }): Promise<{ ended: string[]; mails: Mail[] } | undefined>
  /** Stops everything in the account until `until`, and tells both addresses. Safe to repeat: then until when it was. */
  freeze(input: {
    linkId: string
    until: Date
    keepsUntil: Date
    notice: { id: string; lifetime: number }
    letter: { id: string; lifetime: number }
    audit: AuditEntry
    now: Date
  }): Promise<{ until: Date; ended: string[]; mails: Mail[] } | undefined>
  /** The frozen account that the link to its new address can open again, and the hash that does. */
  readFrozen(input: { linkId: string; limits: Limit[]; now: Date }): Promise<Refused | Disputed | undefined>
  /** Ends the freeze for good, by the password that was valid before the change. */
  endFreeze(input: { linkId: string; password: string; audit: AuditEntry; now: Date }): Promise<boolean>
  /** Accounts whose freeze is over, with the link that undoes the change; undefined where nothing is left to undo. */
  due(now: Date, limit: number): Promise<{ userId: string; linkId: string | undefined }[]>
  /** Ends a freeze that has nothing to undo. */
  thaw(input: { userId: string; audit: AuditEntry; now: Date }): Promise<void>
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

export type Removal = {
  userId: string
  pseudonym: string
  /** The mail that tells the owner. */
  notice: { id: string; lifetime: number }
  audit: AuditEntry
  now: Date
}

export type Removed = 'last_admin' | { ended: string[]; user: User | undefined; mail: Mail | undefined }

export type Deletion = {
  /**
   * Removes the user of the session and everything of theirs, where the proof still holds. Undefined: no such session or
   * proof, or somebody may still undo a change of the address, for whom the account is kept.
   */
  removeOwn(input: Removal & { sid: string; full: FullProof }): Promise<Removed | undefined>
  /** The same for somebody else, asked by an admin. Undefined: no such user. */
  removeOther(input: Removal & { sid: string }): Promise<Removed | undefined>
  /** The same for an account whose time has come. Undefined: it was kept after all. */
  erase(input: Removal): Promise<Removed | undefined>
  /**
   * Disables the account of the session, to be erased `after` so many milliseconds and not while a way back lives. Ends
   * every session and mails a link that undoes it. `unproven`: the proof was used, or the password changed meanwhile.
   */
  schedule(input: {
    sid: string
    full: FullProof | undefined
    after: number
    mailId: string
    audit: AuditEntry
    now: Date
  }): Promise<'last_admin' | 'unproven' | { ended: string[]; mail: Mail | undefined; erasesAt: Date } | undefined>
  /** Enables the account again. False: no such link. Safe to repeat while the link lives. */
  undo(input: { linkId: string; audit: AuditEntry; now: Date }): Promise<boolean>
  /** Users whose time has come. */
  due(now: Date, limit: number): Promise<string[]>
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

/** `since`: the least id of the window. The id is the same for all of one subject in it, except its time. */
type InWindow = Counted & { since: string }

export type Audit = {
  /** Adds one to the entry that the failures of one subject in one window share, and files it anew under the time of the last. */
  count(entry: InWindow): Promise<void>
  /** The same for a failed log-in; and where it is the last that `all` has room for, in the same round trip, `alarm`. */
  countFailure(entry: InWindow, all: Limit, alarm: Counted & { detail: AuditRow['detail'] }): Promise<void>
  add(entry: AuditEntry & { event: AuditEvent; userId: string | null; actorId: string | null }): Promise<void>
  /** The same for a page that an admin was shown: `shown` adds up, and `last` is that of the newest. */
  addListed(
    entry: InWindow & {
      actorId: string
      detail: NonNullable<AuditRow['detail']> & { shown: number; last: string | null }
    },
  ): Promise<void>
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
export type Administered<T> = T | Refused | 'forbidden' | 'not_found' | 'own_account' | 'last_admin' | 'email_taken'

/** `writes`: how many an admin may make in how many milliseconds. */
type Asked = { sid: string; audit: AuditEntry; now: Date; writes: { limit: number; window: number } }

export type Administration = {
  /** `unread`: the id of an active user of this address who never verified it, and whom no admin invited before. */
  create(
    input: Asked & { user: User; mailId: string; lifetime: number },
  ): Promise<Administered<{ user: User; mail: Mail | undefined } | { unread: string }>>
  /**
   * Makes the unread user of this id the one that is invited: name and role are those of `user`, and nothing stays that
   * whoever made the account chose, or that lets them in.
   */
  takeOver(
    input: Asked & { id: string; user: User; mailId: string; lifetime: number; devicesForgotten: DevicesForgotten },
  ): Promise<Administered<{ user: User; ended: string[]; mail: Mail | undefined }>>
  /** `passwordDropped`: of who registered and never showed that the mailbox is theirs, when the admin vouched for it. */
  edit(
    input: Asked & {
      id: string
      change: {
        email?: { address: string; canonical: string }
        name?: string | null
        phone?: string | null
        verified?: boolean
      }
      /** No account gets the address; who has it keeps it. */
      onlyIfOnFile: boolean
      verifyId: string
      noticeId: string
      lifetimes: { verify: number; invite: number; notice: number }
      /** Counters of mails to the new address, which a change of it clears. */
      cleared: string[]
    },
  ): Promise<Administered<{ user: User; passwordDropped: boolean; ended: string[]; mails: Mail[] }> | 'address_refused'>
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
