import type { Settings } from '../settings.ts'
import { auditEntry } from './audit.ts'
import { circumstances } from './devices.ts'
import { AuthError, rateLimited } from './errors.ts'
import { randomId } from './ids.ts'
import type { Limit, Passkey, Told, UsedPasskey, User, Visitor } from './model.ts'
import { noticeLifetimeMs } from './outbox.ts'
import { invalidPasskeyChallenge, type PasskeyChallenges } from './passkey-challenges.ts'
import { userHandleOf } from './passkey-options.ts'
import type { Clock } from './ports/outside.ts'
import type { PasskeyOwner, PasskeyStore } from './ports/passkeys.ts'
import type { Second } from './ports/second-factors.ts'
import { type AssertionResponse, challengeOf, verifyAssertion } from './webauthn/ceremonies.ts'
import { CeremonyRefused, must } from './webauthn/refusal.ts'

type Needs = { passkeyStore: PasskeyStore; passkeyChallenges: PasskeyChallenges; settings: Settings; now: Clock }

export type PasskeyChecks = ReturnType<typeof createPasskeyChecks>

type Check = {
  credential: AssertionResponse
  /** What the challenge was given for. */
  subject: string
  limits: Limit[]
  /** What came before it, if it is the second step: then the authenticator need not have verified the user. */
  after: 'password' | 'mail' | undefined
  /** Refuses an owner for whom the passkey is no proof here. */
  admit: (user: User) => void
  /** Called if a passkey of this user is refused. */
  refused?: (user: User) => void
  visitor: Visitor
}

/** The subject of a challenge that any passkey of the site may sign. */
export const anyLogIn = 'log in'

/** Returns a passkey as the second factor after a password. */
export const passkeyAsSecond = (passkey: UsedPasskey): Second => ({
  factor: { passkey },
  ...{ limits: [], left: undefined, told: passkey.told },
})

/**
 * Returns what to tell of a passkey whose signature counter did not rise: somebody may have copied it (WebAuthn Level 3
 * §6.1.1). Not of a synced one, which has no counter of its own.
 */
const copied = ({ backupEligible, signCount }: Passkey, count: number, visitor: Visitor, at: Date): Told | undefined =>
  backupEligible || signCount === 0 || count > signCount
    ? undefined
    : {
        ...{ audit: auditEntry(visitor, at), mailId: randomId(), lifetimeMs: noticeLifetimeMs },
        detail: circumstances(visitor),
      }

/** Checks that somebody used a passkey. */
export const createPasskeyChecks = ({ passkeyStore, passkeyChallenges, settings, now }: Needs) => {
  /**
   * Returns the challenge that the authenticator signed.
   * @throws InvalidLink if it is forged, for something else or too old; AuthError `not_found` if passkeys are off
   */
  const signed = async (credential: AssertionResponse, subject: string) => {
    if (!settings.passkeys) throw new AuthError('not_found')
    const asked = await challengeOf(credential.response.clientDataJSON, 'webauthn.get')
    const challenge = passkeyChallenges.read(asked, subject, now())
    if (!challenge) throw invalidPasskeyChallenge()
    return { credential, asked, challenge, origins: settings.passkeys.origins }
  }

  /** Verifies the signature. @throws AuthError `passkey_refused` */
  const verified = async (
    { credential, asked, challenge, origins }: Awaited<ReturnType<typeof signed>>,
    passkey: Passkey,
    after: Check['after'],
  ): Promise<UsedPasskey> => {
    const { id, publicKey, rpId, uv, userId, userHandle } = passkey
    must(uv || after, 'second factor only')
    // Nothing else says whose log-in it is (WebAuthn Level 3 §7.2, step 6).
    must(typeof credential.response.userHandle === 'string' || after, 'user handle')
    const asserted = await verifyAssertion(
      credential,
      // For an imported passkey it may be unknown. The signature does not cover it, and the id of the credential names
      // the owner.
      { ...passkey, userHandle: (userHandle ?? userHandleOf(userId)) || (credential.response.userHandle ?? '') },
      { challenge: asked, origins, rpId, verification: !after },
    )
    // A mailbox is no factor: a passkey that verifies its user after a mail does not become enough alone.
    return { id, publicKey, ...asserted, verified: asserted.verified && (uv || after === 'password'), challenge }
  }

  return {
    /**
     * Returns the passkey for the write that uses up its challenge, and the owner.
     * @throws InvalidLink if the challenge is forged, for something else, used or too old; AuthError `not_found` if
     * passkeys are off, `passkey_refused`, `rate_limited`, and what `admit` throws
     */
    async check(input: Check): Promise<PasskeyOwner & { used: UsedPasskey }> {
      const { credential, subject, limits, after, admit, refused, visitor } = input
      const at = now()
      const given = await signed(credential, subject)
      const { challenge } = given
      const found = await passkeyStore.find({ credentialId: credential.id, limits, challenge, now: at })
      if ('refusedUntil' in found) throw rateLimited(found.refusedUntil, at)
      const { passkey, owner } = found
      if (found.used) throw invalidPasskeyChallenge()
      if (!passkey) throw new AuthError('passkey_refused', { members: { unknown_credential: true } })
      // The owner is disabled. That is no reason for a password manager to forget the passkey.
      if (!owner) throw new CeremonyRefused('owner')
      admit(owner.user)
      try {
        const used = await verified(given, passkey, after)
        return { ...owner, used: { ...used, told: copied(passkey, used.signCount, visitor, at) } }
      } catch (error) {
        refused?.(owner.user)
        throw error
      }
    },

    /**
     * Returns which of these passkeys signed the challenge of a log-in, although nobody can log in to the account.
     * @throws InvalidLink if the challenge is forged, for something else or too old; AuthError `not_found` if passkeys
     * are off, `passkey_refused`
     */
    async among(passkeys: Passkey[], credential: AssertionResponse): Promise<UsedPasskey> {
      const given = await signed(credential, anyLogIn)
      const passkey = passkeys.find(({ credentialId }) => credentialId === credential.id)
      must(passkey, 'owner')
      return verified(given, passkey, undefined)
    },
  }
}
