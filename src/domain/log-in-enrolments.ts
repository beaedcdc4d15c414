import type { DeviceCookies } from './device-cookies.ts'
import { circumstances } from './devices.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import { challengeSeconds, invalidChallenge, type LogInChallenges } from './log-in-challenges.ts'
import type { MailCodes } from './mail-codes.ts'
import type { Visitor } from './model.ts'
import type { GivenFactor, NewFactors } from './new-factors.ts'
import type { MailDelivery } from './outbox.ts'
import type { Signalled } from './passkey-options.ts'
import type { LogInEnrolmentStore } from './ports/log-in-enrolments.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { SecondFactorStore } from './ports/second-factors.ts'
import { hasSecondFactor, type SecondFactors } from './second-factors.ts'
import type { SessionStart, Started } from './session-start.ts'

type Needs = {
  logInEnrolmentStore: LogInEnrolmentStore
  secondFactorStore: SecondFactorStore
  secondFactors: SecondFactors
  logInChallenges: LogInChallenges
  newFactors: NewFactors
  mailCodes: MailCodes
  mailDelivery: MailDelivery
  sessionStart: SessionStart
  deviceCookies: DeviceCookies
  limits: Limits
  now: Clock
  defer: Defer
}

type Enrolled = {
  challenge: string
  given: GivenFactor
  replaces: { sid: string; generation: number } | undefined
  device: string | undefined
}

/**
 * The last steps of a log-in by a user who must add a second factor first (docs/decisions/0037-required-factors.md).
 * A thief may have the password too, so a code from the mailbox comes before the factor.
 */
export const createLogInEnrolments = (needs: Needs) => {
  const { logInEnrolmentStore, secondFactorStore, secondFactors, logInChallenges } = needs
  const { newFactors, mailCodes, mailDelivery, sessionStart, deviceCookies, limits, now, defer } = needs

  /** Returns the user of a challenge, who still has the same password, and no factor yet. @throws InvalidLink */
  const readStep = async (challenge: string) => {
    const at = now()
    const passed = logInChallenges.read(challenge, at, true)
    const found = await secondFactorStore.read(passed.userId)
    // A mailbox is no first step of an enrolment: the mailed code would prove the same thing twice.
    const proven = passed.after === 'password' && found && passed.proofOf(found.user.passwordHash)
    if (!found || !proven || hasSecondFactor(found.user)) throw invalidChallenge()
    const { user } = found
    /** Returns the challenge for the next step. */
    const next = (mailbox: 'proven' | { mailId: string }) =>
      logInChallenges.give(
        { userId: user.id, remember: passed.remember, network: undefined, at, mailbox },
        { passwordHash: user.passwordHash! },
      )
    return { ...passed, user, at, next }
  }

  return {
    /**
     * Mails a code that proves the mailbox. The code is good only with the challenge that is returned, so one person
     * must have both the password and the mailbox.
     * @throws InvalidLink if the challenge is forged, too old or void; AuthError `rate_limited`
     */
    async mailCode(challenge: string, visitor: Visitor): Promise<{ challenge: string; expiresIn: number }> {
      const { user, at, next } = await readStep(challenge)
      const mailId = randomId()
      const sent = await logInEnrolmentStore.mailCode({
        userId: user.id,
        passwordHash: user.passwordHash!,
        mailId,
        limits: limits.mail(user.emailCanonical, 'enrol'),
        lifetimeMs: challengeSeconds * 1000,
        detail: circumstances(visitor),
        language: visitor.language,
        now: at,
      })
      if (!sent) throw invalidChallenge()
      if ('refusedUntil' in sent) throw rateLimited(sent.refusedUntil, at)
      defer(mailDelivery.deliver(sent))
      return { challenge: next({ mailId }), expiresIn: challengeSeconds }
    },

    /**
     * Begins to add a factor. The first call takes the mailed code and uses it up. The challenge that it returns says
     * so, and later calls need no code.
     * @throws InvalidLink if the challenge is forged, too old or void; AuthError `not_found` for a kind of factor that
     * cannot be added here, `validation_failed` without the code, `wrong_code`, `rate_limited`
     */
    async options(challenge: string, type: 'totp' | 'passkey', typed: string | undefined, visitor: Visitor) {
      const { user, at, next, ...passed } = await readStep(challenge)
      if (!newFactors.offers(type)) throw new AuthError('not_found')
      if (!passed.proven) {
        const { mailId } = passed
        if (!mailId || !typed) throw codeMissing()
        const used =
          mailCodes.matches(mailId, typed) &&
          (await logInEnrolmentStore.useCode({
            ...{ userId: user.id, mailId, nonce: randomId(), now: at },
            limits: limits.factor(user.id),
          }))
        if (!used) return secondFactors.refuse(user, 'mail_code', visitor)
      }
      return { ...(await newFactors.begin(user, type, at)), challenge: next('proven') }
    },

    /**
     * Adds the factor and starts the session, which counts as one with two factors. All other sessions end.
     * @returns the tokens, the device cookie, the recovery codes, and what a browser passes on to password managers
     * @throws InvalidLink if the challenge is forged, too old or void, or the mailbox is not proven; AuthError
     * `wrong_code`, `passkey_refused`, `not_found`
     */
    async finish(
      { challenge, given, replaces, device: cookie }: Enrolled,
      visitor: Visitor,
    ): Promise<Started & { recoveryCodes: string[]; signalled: Signalled | undefined }> {
      const { user, at, proven, remember } = await readStep(challenge)
      if (!proven) throw invalidChallenge()
      const { second, recoveryCodes, signalled } = await newFactors.make(user, given, visitor, at)
      const read = cookie === undefined ? undefined : deviceCookies.read(cookie, at)
      const device = read?.userId === user.id ? read : undefined
      const started = await sessionStart.start(
        {
          user,
          proof: { passwordHash: user.passwordHash! },
          second,
          remembered: remember,
          replaces,
          deviceId: device?.id,
          cleared: [
            ...limits.logInFailuresOf(user.emailCanonical),
            ...limits.mailCounters(user.emailCanonical, 'enrol'),
            ...(device ? limits.logInFailuresOn(device) : []),
          ],
          returned: { limits: [], at },
          at,
        },
        visitor,
      )
      if ('changed' in started) throw invalidChallenge()
      return { ...started, recoveryCodes, signalled }
    },
  }
}

/** Refuses a step that needs the mailed code. */
const codeMissing = () =>
  new AuthError('validation_failed', {
    errors: [{ field: 'mail_code', code: 'required', detail: 'is required: ask for a mail with a code first' }],
  })
