import type { Macs } from './macs.ts'
import type { Limit, Visitor } from './ports.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** How much of what is let through. Fixed windows; `THROTTLE_FACTOR` multiplies every limit. Published in docs/limits.md. */
export const limits = {
  /** Attempts to log in from one network, right or wrong. */
  logInNetwork: { limit: 30, window: 5 * minute },
  /** Wrong passwords for one address. A right one clears the count. */
  logInAccount: { limit: 10, window: 15 * minute },
  /** Consecutive wrong passwords for one address: NIST SP 800-63B-4 §3.2.2 allows 100, then only a reset by mail helps. */
  logInConsecutive: { limit: 100, window: 400 * day, sliding: true },
  registerNetwork: { limit: 20, window: hour },
  /** Requests for a link by mail from one network. */
  linkNetwork: { limit: 30, window: 5 * minute },
  /** Mails of one purpose that anybody may cause to one address; beyond, nothing is sent and no earlier link is killed. */
  mailMinute: { limit: 1, window: minute },
  mailHour: { limit: 5, window: hour },
  /** Wrong current passwords in one session. */
  passwordCheck: { limit: 10, window: 15 * minute },
  /** New addresses one user may try: each is a mail to somebody. */
  emailChange: { limit: 5, window: hour },
  /** Pictures one user may send: each is decoded and encoded anew, which is paid for. */
  avatar: { limit: 10, window: hour },
} as const satisfies Record<string, Omit<Limit, 'key'>>

type Scope = keyof typeof limits

export type Limits = ReturnType<typeof limitsFor>

/** Limits of a subject. Keys are MACs, so that the table of counters names nobody. */
export const limitsFor = (macs: Macs, factor: number) => {
  const key = (scope: Scope, subject: string) => macs.sign('throttle', `${scope} ${subject}`)
  const limit = (scope: Scope, subject: string, times = 1): Limit => ({
    ...limits[scope],
    limit: Math.max(1, Math.floor(limits[scope].limit * factor * times)),
    key: key(scope, subject),
  })
  const networks = (scope: Scope, visitor: Visitor) =>
    visitor.networks.map((network) => limit(scope, network.key, network.factor))

  return {
    logIn: (visitor: Visitor, canonical: string): Limit[] => [
      ...networks('logInNetwork', visitor),
      limit('logInAccount', canonical),
      limit('logInConsecutive', canonical),
    ],
    /** What a right password clears. */
    logInFailures: (canonical: string): string[] => [
      key('logInAccount', canonical),
      key('logInConsecutive', canonical),
    ],
    register: (visitor: Visitor): Limit[] => networks('registerNetwork', visitor),
    link: (visitor: Visitor): Limit[] => networks('linkNetwork', visitor),
    /** Each purpose counts by itself, so that who has just registered can ask for a new password too. */
    mail: (canonical: string, purpose: 'verify' | 'reset' | 'confirm'): Limit[] => [
      limit('mailMinute', `${purpose} ${canonical}`),
      limit('mailHour', `${purpose} ${canonical}`),
    ],
    passwordCheck: (sid: string): Limit[] => [limit('passwordCheck', sid)],
    emailChange: (userId: string): Limit[] => [limit('emailChange', userId)],
    avatar: (userId: string): Limit[] => [limit('avatar', userId)],
  }
}
