import { failureEntry } from './audit.ts'
import type { LinkPasswords } from './link-passwords.ts'
import type { Macs } from './macs.ts'
import type { Limit, Refused, Visitor } from './model.ts'
import { type PasskeyChecks, passkeyAsSecond } from './passkey-checks.ts'
import { wrongPassword } from './password-check.ts'
import type { AuditStore } from './ports/audit.ts'
import type { Clock } from './ports/outside.ts'
import type { Dispute, Disputed, EarlierProof } from './ports/way-back.ts'
import { type SecondFactors, wrongCode } from './second-factors.ts'
import type { AssertionResponse } from './webauthn/ceremonies.ts'

/**
 * Milliseconds for which the new address can object to a dispute. Access to a mailbox alone never takes over an account
 * sooner.
 */
export const freezeMs = 72 * 3_600_000

type Needs = {
  linkPasswords: LinkPasswords
  secondFactors: SecondFactors
  passkeyChecks: PasskeyChecks
  auditStore: AuditStore
  macs: Macs
  now: Clock
}

/** What somebody gives who follows the link. The passkey counts first, then the code. */
export type EarlierGiven = {
  password?: string | undefined
  /** A code of an app, or a recovery code. Empty counts as absent. */
  otp?: string | null | undefined
  credential?: AssertionResponse | undefined
}

/** Whether there is any proof, right or wrong. */
export const isGiven = ({ password, otp, credential }: EarlierGiven): boolean =>
  Boolean(password !== undefined || otp || credential)

/**
 * Proofs that somebody had the account before its address was changed: the password that was valid then, or a factor,
 * if it was `freezeMs` old by then. A younger one is no proof: whoever reads a mailbox for a moment can set or add one
 * and change the address next, and a mailbox alone must not take over an account sooner than `freezeMs`.
 */
export const createEarlierProofs = (needs: Needs) => {
  const { linkPasswords, secondFactors, passkeyChecks, auditStore, macs, now } = needs

  const prove = async (
    { user, passwordHash, changedAt, held }: Disputed,
    { password, otp, credential }: EarlierGiven,
    visitor: Visitor,
  ): Promise<EarlierProof | undefined> => {
    const early = ({ createdAt }: { createdAt: Date }) => changedAt.getTime() - createdAt.getTime() >= freezeMs
    if (credential) {
      const used = await passkeyChecks.among(held.passkeys.filter(early), credential)
      return { second: passkeyAsSecond(used), changedAt }
    }
    if (otp) {
      const recovery = held.recovery && early(held.recovery) ? held.recovery : undefined
      const second = await secondFactors.find(user, { apps: held.apps.filter(early), recovery }, otp, visitor)
      // The attempts are counted by link, not by account: a stranger who uses up the account's attempts keeps nobody out.
      return second && { second: { ...second, limits: [] }, changedAt }
    }
    const hash = await linkPasswords.match(password!, passwordHash)
    return hash === undefined ? undefined : { passwordHash: hash }
  }

  return {
    /**
     * Runs `work` with the proof for the write that uses it up.
     * @param given fulfils `isGiven`
     * @throws InvalidLink, AuthError `wrong_password`, `wrong_code`, `passkey_refused`, `not_found` if passkeys are off,
     * `misconfigured`, `rate_limited`, `busy`, and what `work` throws
     */
    check: <R>(
      linkId: string,
      given: EarlierGiven,
      visitor: Visitor,
      read: (dispute: Dispute) => Promise<Refused | Disputed | undefined>,
      work: (by: EarlierProof) => Promise<R>,
    ): Promise<R> =>
      linkPasswords.attempt(
        linkId,
        (limits: Limit[]) => read({ linkId, limits, factors: Boolean(given.otp || given.credential), now: now() }),
        (found) => prove(found, given, visitor),
        work,
        async ({ user }) => {
          await auditStore.count(failureEntry(macs, 'reauthentication_failed', linkId, user.id, visitor, now()))
          throw given.otp
            ? wrongCode('otp')
            : wrongPassword('password', 'The password is wrong, or was set less than 72 hours before the change.')
        },
      ),
  }
}
