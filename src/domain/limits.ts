import type { Macs } from './macs.ts'
import type { DeviceCookie, Limit, MailLimit, MailPurpose, Rate, Visitor } from './model.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/**
 * How long a failed log-in of an address without an account is remembered: whoever guesses at addresses leaves a counter
 * of each behind, and nothing is protected by those of nobody.
 */
const memoryOfNobody = 20 * minute

/**
 * How much of what is let through, and the variable that says otherwise. Windows are fixed and begin with their first
 * request; `THROTTLE_FACTOR` multiplies every limit. Published in docs/reference/limits.md.
 */
export const limits = {
  /** Failed attempts to log in from one network. Right ones give their place back, since many people may share an address. */
  logInNetwork: { setting: 'LIMIT_LOGIN_NETWORK', limit: 30, window: 5 * minute },
  /** Wrong passwords for one address from devices that are not known. A right one clears the count. */
  logInAccount: { setting: 'LIMIT_LOGIN_ACCOUNT', limit: 10, window: 15 * minute },
  /**
   * Consecutive ones: NIST SP 800-63B-4 §3.2.2 allows 100, then only a known device or a reset by mail helps. Each is
   * remembered for its part of the window, four days, so that whoever waits for a low count to end gains nothing.
   */
  logInConsecutive: { setting: 'LIMIT_LOGIN_CONSECUTIVE', limit: 100, window: 400 * day, sliding: true },
  /** Wrong passwords from a device that has logged in before: no stranger uses these up. */
  logInDevice: { setting: 'LIMIT_LOGIN_DEVICE', limit: 10, window: 15 * minute },
  /** Failed log-ins of all accounts together, after which the audit says so. Nothing is refused. */
  logInFailures: { setting: 'LIMIT_LOGIN_FAILURES', limit: 100, window: 5 * minute },
  registerNetwork: { setting: 'LIMIT_REGISTER_NETWORK', limit: 20, window: hour },
  /** Requests for a link by mail from one network. */
  linkNetwork: { setting: 'LIMIT_LINK_NETWORK', limit: 30, window: 5 * minute },
  /** Mails of one purpose that anybody may cause to one address. Further ones are postponed, and earlier links stay valid. */
  mailMinute: { setting: 'LIMIT_MAIL_MINUTE', limit: 1, window: minute },
  mailHour: { setting: 'LIMIT_MAIL_HOUR', limit: 5, window: hour },
  /** Refreshes that make a new token. The same one sent again makes none. */
  refreshSession: { setting: 'LIMIT_REFRESH_SESSION', limit: 10, window: minute },
  /** Wrong current passwords in one session, or with one link of a mail. */
  passwordCheck: { setting: 'LIMIT_PASSWORD_CHECK', limit: 10, window: 15 * minute },
  /** New addresses one user may try: each is a mail to somebody. */
  emailChange: { setting: 'LIMIT_EMAIL_CHANGE', limit: 5, window: hour },
  /** What one admin does to others: each leaves an entry in the audit, which is what is counted. */
  adminWrites: { setting: 'LIMIT_ADMIN_WRITES', limit: 300, window: hour },
  /** Pictures one user may send: each is decoded and encoded anew, which is paid for. */
  avatar: { setting: 'LIMIT_AVATAR', limit: 10, window: hour },
} as const satisfies Record<string, Rate & { setting: `LIMIT_${string}`; sliding?: true }>

/** At most so many resets while a link of them lives; LIMIT_MAIL_HOUR may say fewer. */
const resets = 3

/** How many times the mails of one address all of its sub-addresses together may have: `ada+…@example.com`. */
const subAddresses = 4

type Scope = keyof typeof limits

export type Rates = Record<Scope, Rate>

export type Limits = ReturnType<typeof createLimits>

/** Limits of a subject. Keys are MACs, so that the table of counters names nobody. */
export const createLimits = (macs: Macs, rates: Rates, factor: number, resetSeconds: number) => {
  const key = (scope: Scope | 'shield', subject: string) => macs.sign('throttle', `${scope} ${subject}`)
  // A minute less than a link lives: where the window is full, its first link is alive until after it has opened.
  const resetWindow = resetSeconds * second - minute
  const limit = (scope: Scope, subject: string, times = 1): Limit => {
    const { limit: most, window } = rates[scope]
    const places = Math.max(1, Math.floor(most * factor * times))
    const known = Math.floor(window / places)
    const sliding = 'sliding' in limits[scope] ? { known, unknown: Math.min(known, memoryOfNobody) } : undefined
    return { key: key(scope, subject), limit: places, window, sliding }
  }
  const networks = (scope: Scope, visitor: Visitor) =>
    visitor.networks.map((network) => limit(scope, network.key, network.factor))

  return {
    /** By whom an attempt to log in is counted that comes from anywhere. */
    logIn: (visitor: Visitor, canonical: string): Limit[] => [
      ...networks('logInNetwork', visitor),
      limit('logInAccount', canonical),
      limit('logInConsecutive', canonical),
    ],
    /** Of these, what a right log-in gives back. */
    logInNetwork: (visitor: Visitor): Limit[] => networks('logInNetwork', visitor),
    /**
     * The same for a known device: strangers have no part in its failures, not those behind the same address either. It can
     * guess at its own user alone.
     */
    logInDevice: (device: DeviceCookie): Limit[] => [limit('logInDevice', device.id)],
    /** Failures of an address, which a right password clears; and those of a known device, which it clears as well. */
    logInFailuresOf: (canonical: string): string[] => [
      key('logInAccount', canonical),
      key('logInConsecutive', canonical),
    ],
    logInFailuresOn: (device: DeviceCookie): string[] => [key('logInDevice', device.id)],
    /** Where a wrong password counts that is given elsewhere than at log-in: the bound is the account's, not a form's. */
    passwordFailures: (canonical: string): Limit => limit('logInConsecutive', canonical),
    logInFailures: (): Limit => limit('logInFailures', 'everybody'),
    /** Where version 0.1.0 kept since when device cookies of a user are revoked: under the first key, or one before it. */
    devicesForgotten: (userId: string): string[] => macs.signAll('throttle', `devicesForgotten ${userId}`),
    register: (visitor: Visitor): Limit[] => networks('registerNetwork', visitor),
    link: (visitor: Visitor): Limit[] => networks('linkNetwork', visitor),
    /**
     * Each purpose counts by itself, so that somebody who has just registered can ask for a new password too. All sub-addresses of
     * a mailbox count together as well, except resets of verified accounts: no flood of mails shuts an owner out.
     */
    mail: (canonical: string, purpose: MailPurpose): MailLimit[] => {
      const both = (subject: string, times = 1): Limit[] => {
        const [short, long] = [
          limit('mailMinute', `${purpose} ${subject}`, times),
          limit('mailHour', `${purpose} ${subject}`, times),
        ]
        if (purpose !== 'reset') return [short, long]
        const most = Math.max(1, Math.floor(Math.min(resets, rates.mailHour.limit) * factor * times))
        return [
          { ...short, window: Math.min(short.window, resetWindow) },
          { ...long, limit: most, window: resetWindow },
        ]
      }
      const mailbox = canonical.replace(/(?<=^[^+@]+)\+[^@]*(?=@)/, '')
      if (mailbox === canonical) return both(canonical)
      const shared = both(`mailbox ${mailbox}`, subAddresses)
      return [...both(canonical), ...shared.map((of) => (purpose === 'reset' ? { ...of, unverified: canonical } : of))]
    },
    /** What a used link, a new password and a new address clear: the links that were mailed are void. */
    mailCounters: (canonical: string, purpose: MailPurpose): string[] => [
      key('mailMinute', `${purpose} ${canonical}`),
      key('mailHour', `${purpose} ${canonical}`),
    ],
    /** Not by network: a token that gets as far as this is genuine, and whole schools share an address. */
    refresh: (sid: string): Limit[] => [limit('refreshSession', sid)],
    passwordCheck: (sid: string): Limit[] => [limit('passwordCheck', sid)],
    /** Passwords given with one link: ten in a quarter of an hour, and never more than a hundred. */
    linkPassword: (linkId: string): Limit[] => [
      limit('passwordCheck', `link ${linkId}`),
      limit('logInConsecutive', `link ${linkId}`),
    ],
    emailChange: (userId: string): Limit[] => [limit('emailChange', userId)],
    adminWrites: (): Rate => {
      const { limit: most, window } = rates.adminWrites
      return { limit: Math.max(1, Math.floor(most * factor)), window }
    },
    avatar: (userId: string): Limit[] => [limit('avatar', userId)],
    /** The smallest network of a visitor, for the shield. */
    shield: ({ networks: [smallest] }: Visitor): string => key('shield', smallest?.key ?? 'unknown'),
    /** By session and not by user: whoever stole one cannot keep the owner from ending it with another. */
    shieldOfSession: (sid: string): string => key('shield', `session ${sid}`),
    shieldOfRefresh: (sid: string): string => key('shield', `refresh ${sid}`),
  }
}
