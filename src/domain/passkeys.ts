import type { Settings } from '../settings.ts'
import { amrOf } from './assurance.ts'
import { auditEntry } from './audit.ts'
import { deviceName, deviceOf } from './devices.ts'
import { AuthError } from './errors.ts'
import { type FactorChanges, removalRules, unverified } from './factor-changes.ts'
import { newId, randomId } from './ids.ts'
import type { Passkey, Visitor } from './model.ts'
import { invalidPasskeyChallenge, type PasskeyChallenges, passkeyChallengeSeconds } from './passkey-challenges.ts'
import { creationOptions, type Signalled, signalled } from './passkey-options.ts'
import type { Clock } from './ports/outside.ts'
import type { NewPasskey, PasskeyStore } from './ports/passkeys.ts'
import type { Given, Principal } from './proof.ts'
import { newRecoveryCodes } from './recovery-codes.ts'
import { type AccessTokens, createTokenIssuer, type RefreshTokens, type Tokens } from './tokens.ts'
import { challengeOf, type RegistrationResponse, verifyRegistration } from './webauthn/ceremonies.ts'

type Needs = {
  passkeyStore: PasskeyStore
  passkeyChallenges: PasskeyChallenges
  factorChanges: FactorChanges
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  settings: Settings
  now: Clock
}

/** A browser's answer to the ceremony, and what else the browser says about the new passkey. */
export type NewCredential = RegistrationResponse & {
  transports: string[] | undefined
  discoverable: boolean | undefined
}

/** The most passkeys of a user. */
const mostPasskeys = 10

/** What a challenge of a registration is for. A security key need not verify the user, and is a second factor only. */
const subjectOf = ({ sid }: Principal, securityKey: boolean) => `${securityKey ? 'security key' : 'register'} ${sid}`

/**
 * Verifies what a browser made, and returns the passkey as it is stored.
 * @param name the name of the passkey; if it is undefined, the passkey is named after the browser
 * @throws AuthError `passkey_refused`
 */
export const registered = async (
  credential: NewCredential,
  asked: Parameters<typeof verifyRegistration>[1],
  name: string | undefined,
  visitor: Visitor,
  at: Date,
): Promise<NewPasskey> => {
  const { verified: uv, ...verified } = await verifyRegistration(credential, asked)
  return {
    ...verified,
    ...{ id: newId(at), rpId: asked.rpId, uv },
    discoverable: credential.discoverable ?? null,
    transports: credential.transports ?? null,
    name: name ?? deviceName(deviceOf(visitor.userAgent)),
  }
}

/** The passkeys of the signed-in user (docs/decisions/0036-passkeys.md). */
export const createPasskeys = (needs: Needs) => {
  const { passkeyStore, passkeyChallenges, settings, now } = needs
  const { proven, change, done } = needs.factorChanges
  const tokens = createTokenIssuer(needs)

  const sites = () => {
    if (!settings.passkeys) throw new AuthError('not_found')
    return settings.passkeys
  }

  return {
    /**
     * Returns the options for `navigator.credentials.create`. Nothing is stored.
     * @throws AuthError `not_found` if passkeys are off, `invalid_token`, `forbidden`, `factor_limit`
     */
    async options(principal: Principal, securityKey: boolean) {
      const { rpId } = sites()
      const found = await passkeyStore.read(principal.sid, now())
      if (!found) throw new AuthError('invalid_token')
      const { user, passkeys } = found
      if (user.emailVerifiedAt === null) throw unverified()
      if (passkeys.length >= mostPasskeys) throw new AuthError('factor_limit')
      const challenge = passkeyChallenges.give(subjectOf(principal, securityKey), now())
      const publicKey = creationOptions(user, passkeys, { challenge, rpId, rpName: settings.appName, securityKey })
      return { publicKey, expiresIn: passkeyChallengeSeconds }
    },

    /**
     * Adds a passkey. With the first factor come recovery codes. All other sessions end, and this one counts as a log-in
     * with two factors.
     * @throws InvalidLink if the challenge is forged, used or too old; AuthError `passkey_refused`, `not_found`,
     * `reauthentication_required`, `wrong_password`, `invalid_token`, `forbidden`, `factor_limit`, `rate_limited`, `busy`
     */
    async add(
      principal: Principal,
      { credential, name }: { credential: NewCredential; name: string | undefined },
      given: Given,
      visitor: Visitor,
    ): Promise<{ passkey: Passkey; recoveryCodes: string[] | undefined; tokens: Tokens; signalled: Signalled }> {
      const { rpId, origins } = sites()
      return proven(principal, given, visitor, async (full) => {
        const challenge = await challengeOf(credential.response.clientDataJSON, 'webauthn.create')
        const [asPasskey, asKey] = [false, true].map((key) =>
          passkeyChallenges.read(challenge, subjectOf(principal, key), now()),
        )
        const spent = asPasskey ?? asKey
        if (!spent) throw invalidPasskeyChallenge()
        const asked = { challenge, rpId, origins, verification: asPasskey !== undefined }
        const made = await registered(credential, asked, name, visitor, now())
        const { id } = made
        const { codes, ...kept } = newRecoveryCodes()
        const request = change(principal, full, visitor, { factor: id, is: 'passkey' })
        const added = await passkeyStore.add({
          ...request,
          passkey: made,
          most: mostPasskeys,
          codes: kept,
          challenge: spent,
          next: { nonce: randomId(), amr: amrOf.passwordAndPasskey, idleMs: settings.refreshTokenSeconds * 1000 },
        })
        const { signedIn, passkeys, codesKept } = done(added, invalidPasskeyChallenge(), request.now)
        return {
          passkey: passkeys.find((passkey) => passkey.id === id)!,
          recoveryCodes: codesKept ? codes : undefined,
          tokens: await tokens(signedIn, request.now, { fresh: true }),
          signalled: signalled(principal.userId, passkeys, rpId),
        }
      })
    },

    /** @throws AuthError `invalid_token`, `not_found` */
    async rename({ sid }: Principal, id: string, name: string, visitor: Visitor): Promise<Passkey> {
      const at = now()
      const passkey = await passkeyStore.rename({ sid, id, name, audit: auditEntry(visitor, at), now: at })
      if (!passkey) throw new AuthError('invalid_token')
      if (passkey === 'gone') throw new AuthError('not_found')
      return passkey
    },

    /**
     * Removes a passkey and ends all other sessions. If no factor is left, the recovery codes are removed too. Works
     * also while passkeys are off.
     * @throws AuthError `reauthentication_required`, `wrong_password`, `invalid_token`, `not_found`, `last_factor`,
     * `rate_limited`, `busy`
     */
    remove: (principal: Principal, id: string, given: Given, visitor: Visitor): Promise<Signalled | undefined> =>
      proven(principal, given, visitor, async (full) => {
        const request = change(principal, full, visitor, { is: 'passkey' })
        const removed = await passkeyStore.remove({ ...request, ...removalRules(settings), id })
        const { passkeys } = done(removed, new AuthError('not_found'), request.now)
        return settings.passkeys && signalled(principal.userId, passkeys, settings.passkeys.rpId)
      }),
  }
}
