import type { Settings } from '../settings.ts'
import { auditEntry, failureEntry } from './audit.ts'
import { circumstances } from './devices.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Macs } from './macs.ts'
import { factorBits, type SecondFactor, secondFactors, type User, type Visitor } from './model.ts'
import { type MailDelivery, noticeLifetimeMs } from './outbox.ts'
import type { Clock, Defer } from './ports/outside.ts'
import type { HeldFactors, Second, SecondFactorStore } from './ports/second-factors.ts'
import { codesLeft, matchingCode, typedRecoveryCode } from './recovery-codes.ts'
import type { Sealing } from './sealing.ts'
import { base32, matchingStep, seedAbout, typedCode } from './totp.ts'

type Needs = {
  secondFactorStore: SecondFactorStore
  /** Undefined without DATA_KEYS. */
  seeds: Sealing | undefined
  mailDelivery: MailDelivery
  limits: Limits
  macs: Macs
  settings: Pick<Settings, 'sessionSeconds'>
  now: Clock
  defer: Defer
}

/** Milliseconds within which an owner gets at most one mail about wrong codes. */
const quietMs = 15 * 60_000

/** If this many recovery codes or fewer are left, each log-in says so. */
const few = 3

/** Whether a password alone is not enough. */
export const hasSecondFactor = ({ factors }: Pick<User, 'factors'>) => (factors & secondFactors) !== 0

/** What this deployment can check. */
type Checked = Pick<Settings, 'passkeys' | 'dataKeys'>

/**
 * The ways to give a second factor here, in the order in which to offer them. A factor that this deployment cannot
 * check is left out, but the account still needs a second factor.
 */
export const methodsOf = ({ factors }: Pick<User, 'factors'>, { passkeys, dataKeys }: Checked): string[] =>
  [
    passkeys && factors & (factorBits.passkey | factorBits.securityKey) && 'passkey',
    dataKeys && factors & factorBits.totp && 'totp',
    factors & factorBits.recoveryCodes && 'recovery_code',
  ].filter((method) => typeof method === 'string')

/** The sentence for an owner if this deployment can check none of the factors. */
const cannotCheck = 'Your second factor cannot be checked here at present. Ask the operator of the service.'

/** Refuses a password that came without the second factor of its account. */
export const secondFactorRequired = (
  user: Pick<User, 'factors'>,
  settings: Checked,
  more: Record<string, unknown> = {},
) => {
  const methods = methodsOf(user, settings)
  return new AuthError('second_factor_required', {
    members: { ...more, methods },
    ...(methods.length === 0 && { detail: cannotCheck }),
  })
}

/** Added to the refusal after so many wrong codes in a row that waiting is no reasonable way out. */
const opens = 'Too many wrong codes in a row. Use a recovery code, or ask the operator of the service.'

export type SecondFactors = ReturnType<typeof createSecondFactors>

/** Codes of authenticator apps, and recovery codes. */
export const createSecondFactors = (needs: Needs) => {
  const { secondFactorStore, seeds, mailDelivery, limits, macs, settings, now, defer } = needs

  const matching = async ({ apps, recovery }: HeldFactors, typed: string, at: Date) => {
    const code = typedCode(typed)
    if (code) {
      for (const { id, userId, secret, lastStep } of apps) {
        const seed = base32.decode((await seeds?.open(secret, seedAbout(id, userId))) ?? '')
        // Not a wrong code: DATA_KEYS lacks the key, and nobody's code can be checked.
        if (!seed) throw new AuthError('misconfigured', { cause: new Error('DATA_KEYS does not open a seed') })
        const step = await matchingStep(seed, code, at, lastStep)
        if (step !== undefined) return { totp: { id, step } }
      }
      return
    }
    const recoveryCode = typedRecoveryCode(typed)
    const index = recovery && recoveryCode && matchingCode(recovery, recoveryCode)
    if (typeof index === 'number') return { recovery: { setId: recovery!.setId, index } }
  }

  /**
   * Counts a wrong code and refuses it, or refuses it without a word about the code if the limit is exhausted.
   * @param field the member of the input that contained the code
   * @throws AuthError `wrong_code`, `rate_limited`
   */
  const refuse = async (user: User, field: string, visitor: Visitor): Promise<never> => {
    const at = now()
    const counted = limits.factor(user.id)
    const refused = await secondFactorStore.reserve(counted, at)
    if (refused) throw rateLimited(refused.refusedUntil, at, opens)
    const noting = secondFactorStore.noteWrong({
      userId: user.id,
      counter: counted[0]!.key,
      failure: failureEntry(macs, 'second_factor_failed', user.id, user.id, visitor, at),
      noticeId: randomId(),
      noticeLifetimeMs,
      quietMs,
      now: at,
    })
    defer(noting.then((mail) => mail && mailDelivery.deliver(mail)))
    throw wrongCode(field)
  }

  /**
   * Returns the factor that a typed code proves, for the write that uses it up; undefined if it proves none.
   * @throws AuthError `misconfigured`
   */
  const find = async (user: User, held: HeldFactors, typed: string, visitor: Visitor): Promise<Second | undefined> => {
    const at = now()
    const factor = await matching(held, typed, at)
    if (!factor) return
    const left = leftAfter(held, factor)
    return {
      factor,
      limits: limits.factor(user.id),
      left,
      told: {
        audit: auditEntry(visitor, at),
        mailId: randomId(),
        lifetimeMs: settings.sessionSeconds * 1000,
        detail: { ...circumstances(visitor), left: String(left) },
      },
    }
  }

  return {
    refuse,
    find,

    /**
     * Returns the factor that a typed code proves, for the write that uses it up.
     * @throws AuthError `wrong_code`, `rate_limited`, `misconfigured`
     */
    check: async (user: User, held: HeldFactors, typed: string, field: string, visitor: Visitor): Promise<Second> =>
      (await find(user, held, typed, visitor)) ?? refuse(user, field, visitor),
  }
}

/** @param field the member of the input that contained the code */
export const wrongCode = (field: string) =>
  new AuthError('wrong_code', {
    errors: [{ field, code: 'wrong_code', detail: 'The code is wrong or was used before.' }],
  })

/** How many recovery codes are left after this use; undefined if there is no need to say so. */
const leftAfter = ({ recovery }: HeldFactors, factor: SecondFactor): number | undefined => {
  if (!recovery) return
  const spent = 'recovery' in factor ? 1 << factor.recovery.index : 0
  const left = codesLeft(recovery.used | spent)
  return spent || left <= few ? left : undefined
}
