import type { Macs } from './macs.ts'
import type { MailPurpose } from './mails.ts'
import type { DeviceCookie, Limit, MailLimit, Rate, Visitor } from './model.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/**
 * Milliseconds for which failed log-ins of an address without an account are remembered. Guessing at many addresses
 * leaves a counter for each, and those of unknown addresses protect nobody.
 */
const unknownMemoryMs = 20 * minute

/**
 * Every rate limit and the variable that changes it. Windows begin with the first request, and are fixed unless the
 * limit is `sliding`. `THROTTLE_FACTOR` multiplies every limit. Published in docs/reference/limits.md.
 */
export const limits = {
  /** Failed log-ins from one network. A successful one does not count, since many people may share an address. */
  logInNetwork: { setting: 'LIMIT_LOGIN_NETWORK', limit: 30, window: 5 * minute },
  /** Wrong passwords for one address from unknown devices. A successful log-in clears the count. */
  logInAccount: { setting: 'LIMIT_LOGIN_ACCOUNT', limit: 10, window: 15 * minute },
  /**
   * Consecutive failures: NIST SP 800-63B-4 §3.2.2 allows 100; after that only a known device or a reset by mail helps.
   * Each failure extends the life of the count by a hundredth of the window, which is four days. So a guesser gains
   * nothing by stopping early and waiting for the count to expire.
   */
  logInConsecutive: { setting: 'LIMIT_LOGIN_CONSECUTIVE', limit: 100, window: 400 * day, sliding: true },
  /** Wrong passwords from a device that has logged in before: strangers cannot use these up. */
  logInDevice: { setting: 'LIMIT_LOGIN_DEVICE', limit: 10, window: 15 * minute },
  /** Codes typed for one mail. */
  mailCode: { setting: 'LIMIT_MAIL_CODE', limit: 5, window: 10 * minute },
  /**
   * Wrong codes after the right password. A finished log-in with a second factor clears the count. Strangers cannot use
   * these up, because they do not know the password.
   */
  factorAccount: { setting: 'LIMIT_FACTOR_ACCOUNT', limit: 10, window: 15 * minute },
  /**
   * Such wrong codes in a row (NIST SP 800-63B-4 §3.2.2). Beyond this, codes of apps are refused until a recovery code,
   * or a passkey after the password, clears the count.
   */
  factorConsecutive: { setting: 'LIMIT_FACTOR_CONSECUTIVE', limit: 100, window: 400 * day, sliding: true },
  /** Failed log-ins of all accounts together. Beyond this the audit records an alarm; nothing is refused. */
  logInFailures: { setting: 'LIMIT_LOGIN_FAILURES', limit: 100, window: 5 * minute },
  registerNetwork: { setting: 'LIMIT_REGISTER_NETWORK', limit: 20, window: hour },
  /** Requests for a link by mail from one network. */
  linkNetwork: { setting: 'LIMIT_LINK_NETWORK', limit: 30, window: 5 * minute },
  /**
   * Mails of one purpose that anybody may cause to one address. Further ones are postponed, and earlier links stay
   * valid.
   */
  mailMinute: { setting: 'LIMIT_MAIL_MINUTE', limit: 1, window: minute },
  mailHour: { setting: 'LIMIT_MAIL_HOUR', limit: 5, window: hour },
  /** Refreshes that create a new token. Sending the same token again does not count. */
  refreshSession: { setting: 'LIMIT_REFRESH_SESSION', limit: 10, window: minute },
  /** Wrong current passwords in one session, or with one link of a mail. */
  passwordCheck: { setting: 'LIMIT_PASSWORD_CHECK', limit: 10, window: 15 * minute },
  /** New addresses one user may try: each one sends a mail to somebody. */
  emailChange: { setting: 'LIMIT_EMAIL_CHANGE', limit: 5, window: hour },
  /** Factors that one user may add or remove: each change sends a mail. */
  factorChange: { setting: 'LIMIT_FACTOR_CHANGE', limit: 20, window: hour },
  /** Writes of one admin to other users, counted by their audit entries. */
  adminWrites: { setting: 'LIMIT_ADMIN_WRITES', limit: 300, window: hour },
  /** Pictures one user may upload: decoding and encoding each one is billed. */
  avatar: { setting: 'LIMIT_AVATAR', limit: 10, window: hour },
} as const satisfies Record<string, Rate & { setting: `LIMIT_${string}`; sliding?: true }>

/** The maximum number of reset mails within the lifetime of a link; LIMIT_MAIL_HOUR may set fewer. */
const resets = 3

/**
 * All sub-addresses of a mailbox (`ada+…@example.com`) together may get this many times as many mails as one address.
 */
const subAddresses = 4

type Scope = keyof typeof limits

export type Rates = Record<Scope, Rate>

export type Limits = ReturnType<typeof createLimits>

/** Creates the limits of each subject. Their keys are MACs, so that the table of counters names nobody. */
export const createLimits = (macs: Macs, rates: Rates, factor: number, resetSeconds: number) => {
  const key = (scope: Scope | 'shield', subject: string) => macs.sign('throttle', `${scope} ${subject}`)
  // The window is a minute shorter than the lifetime of a link. So the first link mailed in a full window is still
  // valid when the window reopens.
  const resetWindowMs = resetSeconds * second - minute
  const rate = (scope: Scope, times = 1): Rate => {
    const { limit: most, window } = rates[scope]
    return { limit: Math.max(1, Math.floor(most * factor * times)), window }
  }
  const limit = (scope: Scope, subject: string, times = 1): Limit => {
    const places = rate(scope, times)
    const known = Math.floor(places.window / places.limit)
    const sliding = 'sliding' in limits[scope] ? { known, unknown: Math.min(known, unknownMemoryMs) } : undefined
    return { key: key(scope, subject), ...places, sliding }
  }
  const within = (long: Limit, scope: Scope, times = 1): Limit & { short: Rate } => ({
    ...long,
    short: rate(scope, times),
  })
  const networks = (scope: Scope, visitor: Visitor) =>
    visitor.networks.map((network) => limit(scope, network.key, network.factor))

  return {
    /** The limits of a log-in attempt from an unknown device. */
    logIn: (visitor: Visitor, canonical: string): Limit[] => [
      ...networks('logInNetwork', visitor),
      within(limit('logInConsecutive', canonical), 'logInAccount'),
    ],
    /** The limits that do not count a successful log-in: the place it took is given back. */
    logInNetwork: (visitor: Visitor): Limit[] => networks('logInNetwork', visitor),
    /**
     * The limits of a log-in attempt from a known device. Strangers cannot use these up, even behind the same address,
     * and the device can only guess at its own user.
     */
    logInDevice: (device: DeviceCookie): Limit[] => [limit('logInDevice', device.id)],
    /** The keys of failure counters that a successful log-in clears: those of the address and of the known device. */
    logInFailuresOf: (canonical: string): string[] => [key('logInConsecutive', canonical)],
    logInFailuresOn: (device: DeviceCookie): string[] => [key('logInDevice', device.id)],
    /**
     * The limit for a wrong password given outside log-in: consecutive failures count for the account, not for one
     * form.
     */
    passwordFailures: (canonical: string): Limit => limit('logInConsecutive', canonical),
    /** The limits of codes of a second factor. */
    factor: (userId: string): Limit[] => [within(limit('factorConsecutive', userId), 'factorAccount')],
    /** The keys of failure counters that a log-in or re-authentication with a second factor clears. */
    factorFailuresOf: (userId: string): string[] => [key('factorConsecutive', userId)],
    /**
     * The limits of a code from a mail: those of the mail, and those of a wrong password. So a newer mail does not renew
     * the number of guesses.
     */
    mailCode: (mailId: string, visitor: Visitor, canonical: string, deviceId: string | undefined): Limit[] => [
      limit('mailCode', mailId),
      ...(deviceId === undefined
        ? [...networks('logInNetwork', visitor), within(limit('logInConsecutive', canonical), 'logInAccount')]
        : [limit('logInDevice', deviceId)]),
    ],
    /** The budget of log-in mails that a known device may ask for, apart from that of strangers. */
    mailOnDevice: (device: DeviceCookie): MailLimit[] => [
      within(limit('mailHour', `log_in device ${device.id}`), 'mailMinute'),
    ],
    /** One mail an hour that leads to recovery, while the budget of log-in mails is used up. */
    mailHelp: (canonical: string): Limit[] => [{ ...limit('mailHour', `help ${canonical}`), limit: 1 }],
    logInFailures: (): Limit => limit('logInFailures', 'everybody'),
    /** The keys under which version 0.1.0 stored the revocation of a user's device cookies: one for each token key. */
    devicesForgotten: (userId: string): string[] => macs.signAll('throttle', `devicesForgotten ${userId}`),
    register: (visitor: Visitor): Limit[] => networks('registerNetwork', visitor),
    link: (visitor: Visitor): Limit[] => networks('linkNetwork', visitor),
    /**
     * The limits of a mail. Each purpose is counted separately, so that somebody who has just registered can also
     * request a new password. All sub-addresses of a mailbox are counted together as well. Resets of verified accounts
     * are exempt from this, so that no flood of mails can lock an owner out.
     */
    mail: (canonical: string, purpose: MailPurpose): MailLimit[] => {
      const both = (subject: string, times = 1): MailLimit => {
        const hourly = within(limit('mailHour', `${purpose} ${subject}`, times), 'mailMinute', times)
        if (purpose !== 'reset') return hourly
        const most = Math.max(1, Math.floor(Math.min(resets, rates.mailHour.limit) * factor * times))
        const short = { ...hourly.short, window: Math.min(hourly.short.window, resetWindowMs) }
        return { ...hourly, short, limit: most, window: resetWindowMs }
      }
      const mailbox = canonical.replace(/(?<=^[^+@]+)\+[^@]*(?=@)/, '')
      if (mailbox === canonical) return [both(canonical)]
      const shared = both(`mailbox ${mailbox}`, subAddresses)
      return [both(canonical), purpose === 'reset' ? { ...shared, unverified: canonical } : shared]
    },
    /**
     * The keys of mail counters that are cleared when a link is used, a password is set or an address changes: earlier
     * links are void then.
     */
    mailCounters: (canonical: string, ...purposes: MailPurpose[]): string[] =>
      purposes.map((purpose) => key('mailHour', `${purpose} ${canonical}`)),
    /**
     * The limit is per session and not per network: a token that gets this far is genuine, and whole schools share an
     * address. The count is kept in the session's own row.
     */
    refresh: (): Rate => rate('refreshSession'),
    passwordCheck: (sid: string): Limit[] => [limit('passwordCheck', sid)],
    /** Wrong passwords for one link: ten in a quarter of an hour, and never more than a hundred. */
    linkPassword: (linkId: string): Limit[] => [within(limit('logInConsecutive', `link ${linkId}`), 'passwordCheck')],
    emailChange: (userId: string): Limit[] => [limit('emailChange', userId)],
    factorChange: (userId: string): Limit[] => [limit('factorChange', userId)],
    adminWrites: (): Rate => rate('adminWrites'),
    avatar: (userId: string): Limit[] => [limit('avatar', userId)],
    /** The key of the edge rate limit: the visitor's smallest network. */
    shield: ({ networks: [smallest] }: Visitor): string => key('shield', smallest?.key ?? 'unknown'),
    /**
     * The key names the session and not the user: a thief of one session cannot keep the owner from ending it with
     * another session.
     */
    shieldOfSession: (sid: string): string => key('shield', `session ${sid}`),
    shieldOfRefresh: (sid: string): string => key('shield', `refresh ${sid}`),
  }
}
