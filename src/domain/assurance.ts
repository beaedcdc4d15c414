import type { SecondFactor, Session } from './model.ts'

/**
 * `amr` by what the user gave (RFC 8176). `pop`: proof of possession of a key; `user`: its user was present. RFC 8176 has
 * no value for a mail; `email` is ours.
 */
export const amrOf = {
  password: 'pwd',
  passwordAndCode: 'pwd otp mfa',
  passwordAndPasskey: 'pwd pop user mfa',
  passkey: 'pop user mfa',
  mail: 'email',
  mailAndCode: 'email otp',
  mailAndPasskey: 'email pop user',
  mailAndVerifiedPasskey: 'email pop user mfa',
} as const

export const amrOfProofs = (proof: object, second: SecondFactor | undefined): string => {
  if ('passkey' in proof) return amrOf.passkey
  if ('mail' in proof) return amrByMail(second)
  if (!second) return amrOf.password
  return 'passkey' in second ? amrOf.passwordAndPasskey : amrOf.passwordAndCode
}

/**
 * A mailbox counts for no factor (NIST SP 800-63B-4 §3.1.3.1): together with it, only a passkey that verified its user
 * counts as two.
 */
const amrByMail = (second: SecondFactor | undefined) => {
  if (!second) return amrOf.mail
  if (!('passkey' in second)) return amrOf.mailAndCode
  return second.passkey.verified ? amrOf.mailAndVerifiedPasskey : amrOf.mailAndPasskey
}

/** Whether the methods are two factors. */
export const isTwoFactors = (amr: string) => amr.endsWith('mfa')

/**
 * Returns what the claims `amr` and `acr` say about a session. `amr` is what happened. `acr` falls back to `aal1` when
 * the two factors were given longer ago than `aal2Seconds` (NIST SP 800-63B-4 §2.2.3). `phr` is above `aal2`: one factor
 * was a key that is bound to the site, so that no other site could have asked for it (OpenID EAP ACR Values 1.0).
 */
export const assuranceOf = ({ amr, mfaAt }: Pick<Session, 'amr' | 'mfaAt'>, at: Date, aal2Seconds: number) => ({
  amr: amr.split(' '),
  acr: acrOf(amr, mfaAt !== null && at.getTime() - mfaAt.getTime() < aal2Seconds * 1000),
})

const acrOf = (amr: string, twoFactors: boolean) => {
  if (!twoFactors) return 'aal1' as const
  return amr.includes('pop') ? ('phr' as const) : ('aal2' as const)
}
