import { base64url } from 'jose'
import { fromHex } from './hashes/base64.ts'
import type { Passkey, User } from './model.ts'
import { passkeyChallengeSeconds } from './passkey-challenges.ts'
import { offeredAlgorithms } from './webauthn/public-keys.ts'

/** Options for `navigator.credentials`, in the JSON of WebAuthn Level 3 §5.1.8 and §5.1.9. */

/**
 * Returns what authenticators store as the user's id: the 16 bytes of the account's id. It says nothing about a person
 * (§14.6.1), and it never changes.
 */
export const userHandleOf = (userId: string): string => base64url.encode(fromHex(userId.replaceAll('-', '')))

/**
 * What a browser passes on to password managers (Signal API, WebAuthn Level 3 §5.1.10), so that they offer no passkey
 * that was removed here. The list must be complete: an authenticator may delete passkeys that are not in it.
 */
export type Signalled = { rpId: string; userHandle: string; acceptedCredentials: string[] }

export const signalled = (
  userId: string,
  passkeys: Pick<Passkey, 'rpId' | 'credentialId'>[],
  rpId: string,
): Signalled => ({
  rpId,
  userHandle: userHandleOf(userId),
  acceptedCredentials: passkeys.filter((passkey) => passkey.rpId === rpId).map((passkey) => passkey.credentialId),
})

const timeout = passkeyChallengeSeconds * 1000

const described = ({ credentialId, transports }: Passkey) => ({
  type: 'public-key' as const,
  id: credentialId,
  ...(transports?.length && { transports }),
})

/** @param securityKey for a key that is a second factor only: it need not store the passkey or verify the user */
export const creationOptions = (
  { id, email, name }: User,
  passkeys: Passkey[],
  { challenge, rpId, rpName, securityKey }: { challenge: string; rpId: string; rpName: string; securityKey: boolean },
) => ({
  rp: { id: rpId, name: rpName },
  user: { id: userHandleOf(id), name: email, displayName: name ?? email },
  challenge,
  pubKeyCredParams: offeredAlgorithms.map((alg) => ({ type: 'public-key' as const, alg })),
  timeout,
  excludeCredentials: passkeys.filter((passkey) => passkey.rpId === rpId).map(described),
  authenticatorSelection: {
    residentKey: securityKey ? ('discouraged' as const) : ('required' as const),
    requireResidentKey: !securityKey,
    userVerification: verification(!securityKey),
  },
  attestation: 'none' as const,
  extensions: { credProps: true },
})

/**
 * @param passkeys the passkeys that may answer. If empty, any that the browser finds for the site may answer, and then
 *   the authenticator has to verify the user, because nothing else does
 */
export const requestOptions = (challenge: string, rpId: string, passkeys: Passkey[]) => {
  // Passkeys for a former RP ID still work if the user has no others.
  const asked = passkeys.some((passkey) => passkey.rpId === rpId) ? rpId : (passkeys[0]?.rpId ?? rpId)
  return {
    challenge,
    timeout,
    rpId: asked,
    allowCredentials: passkeys.filter((passkey) => passkey.rpId === asked).map(described),
    userVerification: verification(passkeys.length === 0),
  }
}

const verification = (required: boolean) => (required ? ('required' as const) : ('preferred' as const))
