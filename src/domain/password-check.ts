import type { Settings } from '../settings.ts'
import { auditEntry, failureEntry } from './audit.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import type { Limit, User, Visitor } from './model.ts'
import { type MailDelivery, noticeLifetimeMs } from './outbox.ts'
import type { Passwords } from './passwords.ts'
import type { Denylist } from './ports/denylist.ts'
import type { LogInStore } from './ports/log-in.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { ReauthenticationStore } from './ports/reauthentication.ts'
import type { Second } from './ports/second-factors.ts'
import { hasSecondFactor, type SecondFactors, secondFactorRequired, wrongCode } from './second-factors.ts'

type Needs = {
  reauthenticationStore: ReauthenticationStore
  logInStore: LogInStore
  denylist: Denylist
  passwords: Passwords
  secondFactors: SecondFactors
  mailDelivery: MailDelivery
  limits: Limits
  macs: Macs
  settings: Settings
  now: Clock
  defer: Defer
}

type Asked = {
  password: string
  field: string
  otp?: string | undefined
  hasProof?: boolean
  given?: Second | undefined
  byMail?: { id: string | undefined } | undefined
  visitor: Visitor
  refuse?: (user: User) => Promise<void>
}

export type PasswordCheck = ReturnType<typeof createPasswordCheck>

/**
 * Checks the password of a live session's user. Each session has its own budget of failures, reserved before the hash;
 * only a wrong password or code uses it, so a full gate or another refusal does not. A wrong password is recorded in
 * the audit and counts towards the account's consecutive failures (NIST SP 800-63B-4 §3.2.2). The failure that exhausts
 * the budget ends the session: somebody who cannot give the password has probably stolen the session.
 */
export const createPasswordCheck = (needs: Needs) => {
  const { reauthenticationStore, logInStore, denylist, passwords, secondFactors, mailDelivery } = needs
  const { limits, macs, settings, now, defer } = needs
  const countersOf = (sid: string) => limits.passwordCheck(sid).map((limit) => limit.key)

  const noteWrong = async (sid: string, user: User, visitor: Visitor, counted: Limit[]) => {
    const at = now()
    const ended = await reauthenticationStore.noteWrongPassword({
      sid,
      counters: countersOf(sid),
      counted,
      failure: failureEntry(macs, 'reauthentication_failed', sid, user.id, visitor, at),
      ending: auditEntry(visitor, at),
      noticeId: randomId(),
      noticeLifetimeMs,
      now: at,
    })
    if (!ended) return
    defer(denylist.add([sid], at))
    if (ended.mail) defer(mailDelivery.deliver(ended.mail))
  }

  return {
    /** The counters that `work` has to clear if it writes. */
    countersOf,

    /** Counts a wrong password given with a link that the session requested, as if it had been given in the session. */
    noteWrongByLink: (sid: string, user: User, visitor: Visitor) =>
      noteWrong(sid, user, visitor, [limits.passwordFailures(user.emailCanonical), ...limits.passwordCheck(sid)]),

    /**
     * Runs `work` if the password is right and, for an account with a second factor, a code or a one-use proof came
     * with it. The attempt is counted in advance. It stops counting if `work` clears the counters, or if `refuse`, the
     * hash or `work` throws anything but `wrong_code`.
     * @param field the member of the input that contained the password
     * @param otp the code in the request
     * @param given a second factor that is checked already
     * @param byMail the mail that stands for the password, if the account has none; without an id, its code was wrong
     * @param hasProof whether the request contains a one-use proof, which `work` has to use
     * @param refuse may refuse other input before anything is hashed
     * @throws AuthError `invalid_token`, `wrong_password`, `second_factor_required`, `wrong_code`, `rate_limited`,
     * `busy`, and what `refuse` and `work` throw
     */
    async check<T>(
      sid: string,
      asked: Asked,
      work: (user: User, second: Second | undefined) => Promise<T>,
    ): Promise<T> {
      const { password, field, otp, hasProof, given, byMail, visitor, refuse } = asked
      const at = now()
      const begun = await reauthenticationStore.readLimited({
        sid,
        limits: limits.passwordCheck(sid),
        withFactors: otp !== undefined,
        now: at,
      })
      if (!begun) throw new AuthError('invalid_token')
      if ('refusedUntil' in begun) throw rateLimited(begun.refusedUntil, at)
      const { user, held } = begun
      const twoFactors = hasSecondFactor(user)
      try {
        await refuse?.(user)
        if (twoFactors && otp === undefined && !hasProof && !given) throw secondFactorRequired(user, settings)
        if (byMail) {
          if (user.passwordHash !== null) throw new AuthError('reauthentication_required')
          if (byMail.id === undefined) throw wrongCode('mail_code')
        } else if (!(await passwords.verify(password, user.passwordHash))) throw wrongPassword(field)
        const second = twoFactors && !given && otp !== undefined
        return await work(user, second ? await secondFactors.check(user, held, otp, 'otp', visitor) : given)
      } catch (error) {
        const code = error instanceof AuthError ? error.code : undefined
        if (code === 'wrong_password')
          await noteWrong(sid, user, visitor, [limits.passwordFailures(user.emailCanonical)])
        // The limits of codes have counted a wrong code of a second factor. One of a mail counts in its session only.
        else if (code === 'wrong_code') await noteWrong(sid, user, visitor, [])
        else defer(logInStore.giveBack(limits.passwordCheck(sid), at))
        throw error
      }
    },
  }
}

/** 422 and not 401: clients answer a 401 by refreshing their tokens, which would not help. */
export const wrongPassword = (field: string, detail = 'The current password is wrong.') =>
  new AuthError('wrong_password', { detail, errors: [{ field, code: 'wrong_password', detail }] })
