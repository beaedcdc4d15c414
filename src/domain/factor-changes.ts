import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { circumstances } from './devices.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { FullProof, Mail, Visitor } from './model.ts'
import { type MailDelivery, noticeLifetimeMs } from './outbox.ts'
import type { PasswordCheck } from './password-check.ts'
import type { Denylist } from './ports/denylist.ts'
import type { FactorChange, RemovalRules, Unchanged } from './ports/factors.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { Authentication, Given, Principal } from './proof.ts'

type Needs = {
  denylist: Denylist
  authentication: Authentication
  passwordCheck: PasswordCheck
  mailDelivery: MailDelivery
  limits: Limits
  now: Clock
  defer: Defer
}

/** Milliseconds for which the link in the mail about a new factor works. */
export const removalLifetimeMs = 7 * 86_400_000

export type FactorChanges = ReturnType<typeof createFactorChanges>

/** What all changes of second factors (authenticator apps, recovery codes and passkeys) have in common. */
export const createFactorChanges = (needs: Needs) => {
  const { denylist, authentication, passwordCheck, mailDelivery, limits, now, defer } = needs

  return {
    /**
     * Runs a change, only with full proof: a copied token must not be enough to bind or remove a factor.
     * @throws AuthError `reauthentication_required`, `wrong_password`, `invalid_token`, `rate_limited`, `busy`
     */
    proven: <T>(principal: Principal, given: Given, visitor: Visitor, work: (full: FullProof) => Promise<T>) =>
      authentication.proven(principal, given, visitor, (full) => {
        if (!full) throw new AuthError('reauthentication_required')
        return work(full)
      }),

    /**
     * Returns what storage needs for a change.
     * @param about `is`: the kind of factor, which chooses the words of the mail; `factor`: the id of the factor that
     * the link in the mail removes
     */
    change: (
      { sid, userId }: Principal,
      full: FullProof,
      visitor: Visitor,
      about: { factor?: string; is?: 'passkey' } = {},
    ): FactorChange => {
      const at = now()
      const lifetimeMs = about.factor === undefined ? noticeLifetimeMs : removalLifetimeMs
      return {
        sid,
        full,
        limits: limits.factorChange(userId),
        cleared: 'passwordHash' in full ? passwordCheck.countersOf(sid) : [],
        notice: { id: randomId(), lifetimeMs, detail: { ...circumstances(visitor), ...about } },
        audit: auditEntry(visitor, at),
        now: at,
      }
    },

    /**
     * Returns the result of a change that happened; sends its mails and revokes the tokens of ended sessions.
     * @throws AuthError with the reason why it did not happen; `gone` if there was nothing to change
     */
    done: <T extends { ended?: string[]; mails: Mail[] }>(
      result: T | Unchanged | undefined,
      gone: AuthError,
      at: Date,
    ): T => {
      if (!result) throw new AuthError('invalid_token')
      if (result === 'unproven') throw new AuthError('reauthentication_required')
      if (result === 'unverified') throw unverified()
      if (result === 'factor_limit' || result === 'last_factor') throw new AuthError(result)
      if (result === 'gone') throw gone
      if ('refusedUntil' in result) throw rateLimited(result.refusedUntil, at)
      if (result.ended?.length) defer(denylist.add(result.ended, at))
      for (const mail of result.mails) defer(mailDelivery.deliver(mail))
      return result
    },
  }
}

/** Returns what decides whether a user can do without a factor. */
export const removalRules = ({ mfaRequired, mailLogIn }: Settings): RemovalRules => ({
  mfaRequired,
  byMail: mailLogIn !== 'off',
})

export const unverified = () => new AuthError('forbidden', { detail: 'Confirm your e-mail address first.' })
